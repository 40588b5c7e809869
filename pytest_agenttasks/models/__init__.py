"""From names to models: presets and chains; the session that asks them; the host that starts the gateway."""

from pytest_agenttasks.models.chains import VARIABLES, Chain, Wishes, resolve
from pytest_agenttasks.models.config import SHIPPED, Models, ModelsFile, Preset, load_models
from pytest_agenttasks.models.providers import provider_of

__all__ = [
    "SHIPPED",
    "VARIABLES",
    "Chain",
    "Models",
    "ModelsFile",
    "Preset",
    "Wishes",
    "load_models",
    "provider_of",
    "resolve",
]
