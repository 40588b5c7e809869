"""From names to models: presets and chains; the session that asks them; the host that starts the gateway."""

from typing import TYPE_CHECKING

from pytest_agenttasks.models.budget import Budget
from pytest_agenttasks.models.chains import VARIABLES, Chain, Wishes, judging, resolve
from pytest_agenttasks.models.client import GatewayClient
from pytest_agenttasks.models.config import SHIPPED, Models, load_models
from pytest_agenttasks.models.file import ModelsFile
from pytest_agenttasks.models.host import GatewayHost
from pytest_agenttasks.models.on_quota import Gateway, QuotaWaiter, moment, span
from pytest_agenttasks.models.presets import Account, Limit, Preset, Price, Quota
from pytest_agenttasks.models.providers import provider_of
from pytest_agenttasks.models.session import Completion, Session, Tape
from pytest_agenttasks.models.standing import Blocked, Pool, Standing

if TYPE_CHECKING:  # what serves is imported when somebody is served
    from pytest_agenttasks.models.endpoint import Endpoint as Endpoint

__all__ = [
    "SHIPPED",
    "VARIABLES",
    "Account",
    "Blocked",
    "Budget",
    "Chain",
    "Completion",
    "Gateway",
    "GatewayClient",
    "GatewayHost",
    "Limit",
    "Models",
    "ModelsFile",
    "Pool",
    "Preset",
    "Price",
    "Quota",
    "QuotaWaiter",
    "Session",
    "Standing",
    "Tape",
    "Wishes",
    "judging",
    "load_models",
    "moment",
    "provider_of",
    "resolve",
    "span",
]
