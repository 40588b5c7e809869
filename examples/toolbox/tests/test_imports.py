from importlib import import_module
from pkgutil import iter_modules

import pytest
import toolbox


@pytest.mark.parametrize("name", [module.name for module in iter_modules(toolbox.__path__)])
def test_a_module_can_be_imported(name):
    assert import_module(f"toolbox.{name}").__doc__
