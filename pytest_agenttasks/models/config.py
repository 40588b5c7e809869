"""models.yaml: presets, chains and routes of a project over the shipped defaults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)

from pytest_agenttasks.exceptions import ModelsConfigError, Problem, YamlFileError
from pytest_agenttasks.models.providers import key_variable, trouble_with
from pytest_agenttasks.yamlfile import Document, near, problems_of, read

SHIPPED = Path(__file__).with_name("models.yaml")

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Names = list[str]


@dataclass(frozen=True, slots=True)
class Account:
    """A key to a provider.

    Attributes:
        name: as models.yaml calls it; the variable where it calls it nothing; empty without a key.
        variable: holds the key; None if none is needed.
    """

    name: str = ""
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many requests in a time.

    Attributes:
        requests: how many.
        seconds: any stretch of this length.
        zone: for a day's limit: the time zone at whose midnight the count begins anew.
    """

    requests: int
    seconds: float
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """Limits that presets draw on.

    Attributes:
        name: as models.yaml calls it.
        scope: `account`: all its presets together; `model`: each model for itself; both for each account.
        limits: all of them hold.
    """

    name: str
    scope: Literal["account", "model"]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, for models whose cost neither provider nor litellm knows."""

    prompt: float
    completion: float


@dataclass(frozen=True, slots=True)
class Preset:
    """A short name for a model, ready to be asked.

    Attributes:
        name: short name; the full id itself where no preset was used.
        model: full litellm id.
        api_base: base URL of the server; None for the provider's own.
        api_key_env: variable that holds the key; None if none is needed.
        params: parameters of each call, such as temperature; those of a call win.
        retired: why the model is no longer offered; None if it is.
        tools: whether the model can call tools; otherwise agents use a text protocol.
        more_accounts: further accounts to ask it with, in order, after that of `api_key_env`.
        quotas: limits that it draws on.
        price: for its cost where nobody else knows it.
    """

    name: str
    model: str
    api_base: str | None = None
    api_key_env: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    retired: str | None = None
    tools: bool = True
    more_accounts: tuple[Account, ...] = ()
    quotas: tuple[Quota, ...] = ()
    price: Price | None = None

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Whom it can be asked with, the preset's own key first."""
        return (Account(self.api_key_env or "", self.api_key_env), *self.more_accounts)


class PresetEntry(BaseModel):
    """A preset as models.yaml gives it; a plain text is its `model`."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(description="full litellm id, provider first")
    api_base: str | None = Field(None, description="base URL of an OpenAI-compatible server")
    api_key_env: str | None = Field(None, description="variable that holds the key; default: the provider's own")
    params: dict[str, Any] = Field({}, description="parameters of each call")
    retired: str | None = Field(None, description="why it is no longer offered: passed over in chains")
    tools: StrictBool = Field(True, description="false: the model cannot call tools")

    @model_validator(mode="before")
    @classmethod
    def expand(cls, data: Any) -> Any:
        """Turn `name: openrouter/…` into `name: {model: openrouter/…}`."""
        return {"model": data} if isinstance(data, str) else data


class ModelsFile(BaseModel):
    """models.yaml as a whole."""

    model_config = ConfigDict(extra="forbid")

    presets: dict[Name, PresetEntry] = Field({}, description="name → full id, or options")
    chains: dict[Name, Names] = Field({}, description="named lists of presets, for use in chain and routes")
    chain: Names | None = Field(None, description="default rotation: presets, full ids, names of chains")
    routes: dict[str, Names] | None = Field(None, description="category → rotation")

    @model_validator(mode="before")
    @classmethod
    def expand(cls, data: Any) -> Any:
        """Let a single name stand for a list of one in `chain` and `routes`."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if isinstance(data.get("chain"), str):
            data["chain"] = [data["chain"]]
        if isinstance(data.get("routes"), dict):
            data["routes"] = {k: [v] if isinstance(v, str) else v for k, v in data["routes"].items()}
        return data


class Models:
    """All that is known of model names: presets, the default chain, and routes by category."""

    def __init__(
        self, presets: dict[str, Preset], chains: dict[str, Names], chain: Names, routes: dict[str, Names]
    ) -> None:
        self.presets = presets
        self._chains = chains
        self._chain = chain
        self._routes = routes

    def find(self, name: str) -> Preset:
        """The preset of that name, or one made of a full id.

        Raises:
            ModelsConfigError: neither; the message has the nearest known name.
        """
        if name in self.presets:
            return self.presets[name]
        trouble = trouble_with(name)
        if trouble is None:
            return Preset(name, name, api_key_env=key_variable(name, None))
        if "/" not in name:
            raise ModelsConfigError(f"unknown preset {name!r}{near(name, self.presets)}")
        raise ModelsConfigError(trouble)

    def expand(self, names: Iterable[str]) -> tuple[Preset, ...]:
        """Presets for a list of names, named chains spelt out, each once.

        Raises:
            ModelsConfigError: a name is unknown, or a chain contains itself.
        """
        found: dict[str, Preset] = {}
        for name in self._spelt_out(names, ()):
            preset = self.find(name)
            found.setdefault(preset.name, preset)
        return tuple(found.values())

    def default_chain(self) -> tuple[Preset, ...]:
        """The rotation where nobody says otherwise."""
        return self.expand(self._chain)

    def route(self, category: str | None) -> tuple[Preset, ...] | None:
        """The rotation for a category; None if it has none."""
        names = self._routes.get(category) if category else None
        return self.expand(names) if names else None

    def check(self) -> None:
        """Resolve every name in every chain and route.

        Raises:
            ModelsConfigError: one of them is wrong.
        """
        self.default_chain()
        for names in (*self._chains.values(), *self._routes.values()):
            self.expand(names)

    def _spelt_out(self, names: Iterable[str], above: tuple[str, ...]) -> Iterable[str]:
        for name in names:
            if name in self._chains and name not in self.presets:
                if name in above:
                    raise ModelsConfigError(f"the chain {name!r} contains itself")
                yield from self._spelt_out(self._chains[name], (*above, name))
            else:
                yield name


def load_models(path: Path | None) -> Models:
    """Read the project's models.yaml over the shipped one; None: the shipped one alone.

    A project that gives a `chain` or `routes` gets none of the shipped routes, so that its own order holds.

    Raises:
        ModelsConfigError: the file is not there, or it has mistakes, told with line and column.
    """
    shipped = _read(SHIPPED)[0]
    own, document = _read(path) if path is not None else (ModelsFile(), None)
    models = Models(
        {name: _preset(name, entry) for name, entry in {**shipped.presets, **own.presets}.items()},
        {**shipped.chains, **own.chains},
        own.chain if own.chain is not None else shipped.chain or [],
        _routes(shipped, own),
    )
    if document is not None:
        _check_names(models, own, document)
    return models


def _routes(shipped: ModelsFile, own: ModelsFile) -> dict[str, Names]:
    if own.routes is not None:
        return own.routes
    return (shipped.routes or {}) if own.chain is None else {}


def _preset(name: str, entry: PresetEntry) -> Preset:
    variable = entry.api_key_env or key_variable(entry.model, entry.api_base)
    return Preset(name, entry.model, entry.api_base, variable, entry.params, entry.retired, entry.tools)


def _read(path: Path) -> tuple[ModelsFile, Document]:
    try:
        document = read(path)
        try:
            return ModelsFile.model_validate(document.data), document
        except ValidationError as error:
            raise YamlFileError(str(path), problems_of(error, document, ModelsFile)) from None
    except YamlFileError as error:
        raise ModelsConfigError(str(error)) from None


def _check_names(models: Models, own: ModelsFile, document: Document) -> None:
    problems = [
        document.problem(trouble, ("presets", name, "model"))
        for name, entry in own.presets.items()
        if (trouble := trouble_with(entry.model))
    ]
    lists: list[tuple[tuple[str, ...], Names]] = [(("chain",), own.chain or [])]
    lists += [(("routes", category), names) for category, names in (own.routes or {}).items()]
    lists += [(("chains", name), names) for name, names in own.chains.items()]
    for location, names in lists:
        problems += _name_problems(models, document, location, names)
    if problems:
        raise ModelsConfigError(str(YamlFileError(document.path, problems)))


def _name_problems(models: Models, document: Document, location: tuple[str, ...], names: Names) -> Iterable[Problem]:
    for index, name in enumerate(names):
        try:
            models.expand([name])
        except ModelsConfigError as error:
            yield document.problem(str(error), (*location, index))
    if not names and document.at(location) != document.at():
        yield document.problem("an empty rotation; name at least one model", location)
