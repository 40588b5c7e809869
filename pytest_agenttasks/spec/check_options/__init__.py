"""The options of each check, as a task file gives them: `- name: options`, exactly one name each."""

from pytest_agenttasks.spec.check_options.base import Options, Pattern
from pytest_agenttasks.spec.check_options.check import BESIDE, SHORT, Check
from pytest_agenttasks.spec.check_options.hidden import Hidden
from pytest_agenttasks.spec.check_options.looking import ContainsOptions, DiffOptions, FilesOptions
from pytest_agenttasks.spec.check_options.programs import CommandOptions, PythonOptions
from pytest_agenttasks.spec.check_options.testing import CoverageOptions, PytestOptions

__all__ = [
    "BESIDE",
    "SHORT",
    "Check",
    "CommandOptions",
    "ContainsOptions",
    "CoverageOptions",
    "DiffOptions",
    "FilesOptions",
    "Hidden",
    "Options",
    "Pattern",
    "PytestOptions",
    "PythonOptions",
]
