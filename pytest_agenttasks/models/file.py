"""models.yaml as it is written: its keys, and what each may hold."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
    model_validator,
)

from pytest_agenttasks.models.presets import DAY, Limit, Price, Quota
from pytest_agenttasks.models.providers import KEY_VARIABLES
from pytest_agenttasks.yamlfile import near


def _one_or_more(data: Any) -> Any:
    return [data] if isinstance(data, str) else data


def _variable(name: str) -> str:
    if not name.isidentifier() or not name.isascii():  # what was found is not shown: it may be a key
        raise ValueError("api_key_env: expected the name of a variable, such as OPENROUTER_API_KEY, never a key itself")
    return name


def _provider(name: str) -> str:
    if name not in KEY_VARIABLES:
        raise ValueError(f"unknown provider {name!r}{near(name, KEY_VARIABLES)}")
    return name


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return name if name == "UTC" else ZoneInfo(name).key
    except (KeyError, ValueError, OSError):  # not there, not a relative path, a folder of zones
        known = sorted(available_timezones())
        close = difflib.get_close_matches(name, known, 1, 0.8)
        hint = f"; did you mean {close[0]!r}?" if close else ", such as America/Los_Angeles"
        lack = "" if known else " (this machine knows no time zones: install the Python package tzdata)"
        raise ValueError(f"reset: found {name!r}, expected an IANA time zone{hint}{lack}") from None


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Names = list[str]
OneOrMore = Annotated[Names, BeforeValidator(_one_or_more)]
Covered = Annotated[OneOrMore, Field(min_length=1)]
Variable = Annotated[str, AfterValidator(_variable)]
Count = Annotated[StrictInt, Field(gt=0)]
Dollars = Annotated[StrictFloat, Field(ge=0, allow_inf_nan=False)]


class Entry(BaseModel):
    """A mapping of models.yaml. A key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class PriceEntry(Entry):
    """What a model costs."""

    prompt: Dollars = Field(description="US dollars for a million tokens of the prompt")
    completion: Dollars = Field(description="US dollars for a million tokens of the answer")

    def value(self) -> Price:
        """What it says."""
        return Price(self.prompt, self.completion)


class PresetEntry(Entry):
    """A preset as models.yaml gives it; a plain text is its `model`."""

    model: str = Field(description="full litellm id, provider first")
    api_base: str | None = Field(None, description="base URL of an OpenAI-compatible server")
    api_key_env: Variable | None = Field(None, description="variable that holds the key; default: the provider's own")
    params: dict[str, Any] = Field({}, description="parameters of each call")
    retired: str | None = Field(None, description="why it is no longer offered: passed over in chains")
    tools: StrictBool = Field(True, description="false: the model cannot call tools")
    price: PriceEntry | None = Field(None, description="what it costs, where neither provider nor litellm tells")

    @model_validator(mode="before")
    @classmethod
    def expand(cls, data: Any) -> Any:
        """Turn `name: openrouter/…` into `name: {model: openrouter/…}`."""
        return {"model": data} if isinstance(data, str) else data


class QuotaEntry(Entry):
    """Limits that presets draw on."""

    presets: Covered = Field(description="names of presets or chains, full ids, patterns of full ids with *")
    scope: Literal["account", "model"] = Field(
        "account", description="account: all of them together; model: each model for itself; both for each key"
    )
    rpm: Count | None = Field(None, description="requests in a minute")
    rpd: Count | None = Field(None, description="requests in a day")
    reset: Annotated[str, AfterValidator(_zone)] = Field("UTC", description="time zone whose midnight refills rpd")
    requests: Count | None = Field(None, description="requests in a time of so many seconds")
    seconds: Annotated[StrictFloat, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="length of that time"
    )

    @model_validator(mode="after")
    def limits_are_whole(self) -> Self:
        """Refuse halves of a limit, and none at all."""
        if (self.requests is None) != (self.seconds is None):
            given, lacking = ("seconds", "requests") if self.requests is None else ("requests", "seconds")
            raise ValueError(f"found {given} without {lacking}, expected both, such as requests: 10 with seconds: 2")
        if self.rpm is None and self.rpd is None and self.requests is None:
            raise ValueError("found no limit, expected at least one of rpm, rpd, and requests with seconds")
        if self.rpd is None and "reset" in self.model_fields_set:
            raise ValueError("found reset without rpd, which it is about")
        return self

    def value(self, name: str) -> Quota:
        """What it says."""
        found = [Limit(self.rpm, 60.0)] if self.rpm else []
        if self.requests and self.seconds:
            found.append(Limit(self.requests, self.seconds))
        if self.rpd:
            found.append(Limit(self.rpd, DAY, self.reset))
        return Quota(name, self.scope, tuple(found))


class AccountEntry(Entry):
    """A further key, for all presets at a provider's own server or for some."""

    provider: Annotated[str, AfterValidator(_provider)] | None = Field(
        None, description="prefix of full ids: every preset at that provider's own server"
    )
    presets: Covered | None = Field(None, description="instead: names, full ids and patterns, as in a quota")
    api_key_env: Variable = Field(description="variable that holds the key")

    @model_validator(mode="after")
    def is_for_somebody(self) -> Self:
        """Refuse both ways to say what it is for, and none."""
        if (self.provider is None) == (self.presets is None):
            found = "neither provider nor presets" if self.provider is None else "both provider and presets"
            raise ValueError(f"found {found}, expected one of them")
        return self

    @property
    def covered(self) -> Names:
        """Names and patterns of what it is for."""
        return self.presets or [f"{self.provider}/*"]


class ModelsFile(Entry):
    """models.yaml as a whole."""

    presets: dict[Name, PresetEntry] = Field({}, description="name → full id, or options")
    chains: dict[Name, Names] = Field({}, description="named lists of presets, for use in chain and routes")
    chain: OneOrMore | None = Field(None, description="default rotation: presets, full ids, names of chains")
    routes: dict[str, OneOrMore] | None = Field(None, description="category → rotation")
    judge: OneOrMore | None = Field(None, description="rotation of checks `judge` that name no model")
    quotas: dict[Name, QuotaEntry | None] = Field(
        {}, description="name → limits that presets draw on; null drops a shipped one"
    )
    accounts: dict[Name, AccountEntry] = Field({}, description="name → a further key for presets")
