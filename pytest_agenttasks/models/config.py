"""The names of models.yaml: presets, chains and routes of a project over the shipped ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_agenttasks.exceptions import ModelsConfigError, Problem, YamlFileError
from pytest_agenttasks.models.file import ModelsFile, Names, PresetEntry
from pytest_agenttasks.models.presets import Account, Preset
from pytest_agenttasks.models.providers import key_variable, trouble_with, trouble_with_pattern
from pytest_agenttasks.models.reading import read_file
from pytest_agenttasks.models.terms import Cover, Terms
from pytest_agenttasks.yamlfile import Document, Location, near

SHIPPED = Path(__file__).with_name("models.yaml")


class Models:
    """All that is known of model names: presets, the default chain, and routes by category.

    Attributes:
        presets: by name.
        terms: what full ids get that are asked for without a preset; presets have their quotas and accounts already.
    """

    def __init__(
        self,
        presets: dict[str, Preset],
        chains: dict[str, Names],
        chain: Names,
        routes: dict[str, Names],
        judge: Names | None = None,
    ) -> None:
        self.presets = presets
        self.terms = Terms()
        self._chains = chains
        self._chain = chain
        self._routes = routes
        self._judge = judge or []

    def find(self, name: str) -> Preset:
        """The preset of that name, or one made of a full id.

        Raises:
            ModelsConfigError: neither; the message has the nearest known name.
        """
        return self._find(name, self.presets)

    def expand(self, names: Iterable[str]) -> tuple[Preset, ...]:
        """Presets for a list of names, named chains spelt out, each once.

        Raises:
            ModelsConfigError: a name is unknown, or a chain contains itself.
        """
        found: dict[str, Preset] = {}
        for name in self.spelt_out(names):
            preset = self._find(name, (*self.presets, *self._chains))
            found.setdefault(preset.name, preset)
        return tuple(found.values())

    def spelt_out(self, names: Iterable[str], above: tuple[str, ...] = ()) -> Iterator[str]:
        """The names, with what is in it for the name of a chain; `above`: chains that they are in themselves.

        Raises:
            ModelsConfigError: a chain contains itself.
        """
        for name in names:
            if name in self._chains and name not in self.presets:
                if name in above:
                    raise ModelsConfigError(f"the chain {name!r} contains itself")
                yield from self.spelt_out(self._chains[name], (*above, name))
            else:
                yield name

    def key_variables(self) -> set[str]:
        """Variables that hold keys, of every preset and account."""
        accounts = [account for preset in self.presets.values() for account in preset.accounts]
        accounts += [account for _, account in self.terms.accounts]
        return {account.variable for account in accounts if account.variable}

    def default_chain(self) -> tuple[Preset, ...]:
        """The rotation where nobody says otherwise."""
        return self.expand(self._chain)

    def judges(self) -> tuple[Preset, ...]:
        """The rotation of judges where nobody says otherwise; empty if there is none."""
        return self.expand(self._judge)

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
        self.judges()
        for names in (*self._chains.values(), *self._routes.values()):
            self.expand(names)

    def put_under(self, terms: Terms) -> None:
        """Give every model its quotas and further accounts, full ids without a preset as well."""
        self.terms = terms
        self.presets = {name: terms.given_to(preset) for name, preset in self.presets.items()}

    def _find(self, name: str, known: Iterable[str]) -> Preset:
        if name in self.presets:
            return self.presets[name]
        trouble = trouble_with(name)
        if trouble is None:
            return self.terms.given_to(Preset(name, name, api_key_env=key_variable(name, None)))
        if "/" not in name and "*" not in name:
            raise ModelsConfigError(f"unknown preset {name!r}{near(name, known)}")
        raise ModelsConfigError(trouble)


def load_models(path: Path | None) -> Models:
    """Read the project's models.yaml over the shipped one; None: the shipped one alone.

    A project that gives a `chain` or `routes` gets none of the shipped routes, so that its own order holds.

    Raises:
        ModelsConfigError: the file is not there, or it has mistakes, told with line and column.
    """
    shipped, _, _ = read_file(SHIPPED)
    own, document, problems = read_file(path) if path is not None else (ModelsFile(), None, [])
    models = Models(
        {name: _preset(name, entry) for name, entry in {**shipped.presets, **own.presets}.items()},
        {**shipped.chains, **own.chains},
        own.chain if own.chain is not None else shipped.chain or [],
        _routes(shipped, own),
        own.judge if own.judge is not None else shipped.judge,
    )
    if document is not None:
        problems += [*_mistaken_models(models, own, document), *_mistaken_terms(models, shipped, own, document)]
        if problems:
            raise ModelsConfigError(str(YamlFileError(document.path, problems)))
    models.put_under(_terms(models, shipped, own))
    return models


def _routes(shipped: ModelsFile, own: ModelsFile) -> dict[str, Names]:
    if own.routes is not None:
        return own.routes
    return (shipped.routes or {}) if own.chain is None else {}


def _preset(name: str, entry: PresetEntry) -> Preset:
    variable = entry.api_key_env or key_variable(entry.model, entry.api_base)
    price = entry.price.value() if entry.price else None
    return Preset(name, entry.model, entry.api_base, variable, entry.params, entry.retired, entry.tools, price=price)


def _terms(models: Models, shipped: ModelsFile, own: ModelsFile) -> Terms:
    def cover(names: Names) -> Cover:
        return Cover.of(models.spelt_out(names))

    quotas = {**shipped.quotas, **own.quotas}
    accounts = {**shipped.accounts, **own.accounts}
    return Terms(
        tuple((cover(entry.presets), entry.value(name)) for name, entry in quotas.items() if entry is not None),
        tuple((cover(entry.covered), Account(name, entry.api_key_env)) for name, entry in accounts.items()),
    )


def _mistaken_models(models: Models, own: ModelsFile, document: Document) -> Iterator[Problem]:
    for name, entry in own.presets.items():
        if trouble := trouble_with(entry.model):
            yield document.problem(trouble, ("presets", name, "model"))
    lists: list[tuple[Location, Names]] = [(("chain",), own.chain or []), (("judge",), own.judge or [])]
    lists += [(("routes", category), names) for category, names in (own.routes or {}).items()]
    lists += [(("chains", name), names) for name, names in own.chains.items()]
    for location, names in lists:
        for index, name in enumerate(names):
            if trouble := _trouble_with_name(models, name):
                yield document.problem(trouble, (*location, index))
        if not names and document.has(location):
            yield document.problem("an empty rotation; name at least one model", location)


def _mistaken_terms(models: Models, shipped: ModelsFile, own: ModelsFile, document: Document) -> Iterator[Problem]:
    lists: list[tuple[Location, Names]] = []
    for name, quota in own.quotas.items():
        if quota is not None:
            lists.append((("quotas", name, "presets"), quota.presets))
        elif name not in shipped.quotas:
            trouble = f"null drops a shipped quota, and none is called {name!r}{near(name, shipped.quotas)}"
            yield document.problem(trouble, ("quotas", name), key=True)
    lists += [(("accounts", name, "presets"), account.presets or []) for name, account in own.accounts.items()]
    for location, names in lists:
        for index, name in enumerate(names):
            if covered := _trouble_with_cover(models, name):
                yield document.problem(covered, (*location, index))


def _trouble_with_name(models: Models, name: str) -> str | None:
    try:
        models.expand([name])
    except ModelsConfigError as error:
        return str(error)
    return None


def _trouble_with_cover(models: Models, name: str) -> str | None:
    if "*" in name:
        return trouble_with_pattern(name)
    having = [preset for preset in models.presets.values() if preset.model == name]
    if having and all(preset.api_base for preset in having):
        return f"{name!r} is the provider's own server; for the one at {having[0].api_base} say {having[0].name!r}"
    return _trouble_with_name(models, name)
