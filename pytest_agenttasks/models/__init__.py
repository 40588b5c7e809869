"""From names to models: presets and chains; the session that asks them; the host that starts the gateway."""

from pytest_agenttasks.models.chains import VARIABLES, Chain, Wishes, resolve
from pytest_agenttasks.models.client import GatewayClient
from pytest_agenttasks.models.config import (
    SHIPPED,
    Account,
    Limit,
    Models,
    ModelsFile,
    Preset,
    Price,
    Quota,
    load_models,
)
from pytest_agenttasks.models.host import GatewayHost
from pytest_agenttasks.models.providers import provider_of
from pytest_agenttasks.models.session import Completion, Session

__all__ = [
    "SHIPPED",
    "VARIABLES",
    "Account",
    "Chain",
    "Completion",
    "GatewayClient",
    "GatewayHost",
    "Limit",
    "Models",
    "ModelsFile",
    "Preset",
    "Price",
    "Quota",
    "Session",
    "Wishes",
    "load_models",
    "provider_of",
    "resolve",
]
