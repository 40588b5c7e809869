"""The options of each check, as a task file gives them: `- name: options`, exactly one name each."""

from pytest_agenttasks.spec.check_options.base import (
    Bounds,
    Expression,
    Options,
    Pattern,
    Text,
    Times,
    is_glob,
    without_nul,
)
from pytest_agenttasks.spec.check_options.check import BESIDE, FIELDS, SHORT, Check
from pytest_agenttasks.spec.check_options.data import (
    DataOptions,
    Expected,
    JsonOptions,
    TomlOptions,
    YamlOptions,
)
from pytest_agenttasks.spec.check_options.doing import AnswerOptions, TrajectoryOptions
from pytest_agenttasks.spec.check_options.hidden import Hidden
from pytest_agenttasks.spec.check_options.judge import JudgeOptions
from pytest_agenttasks.spec.check_options.looking import (
    AbsentOptions,
    ContainsOptions,
    DiffOptions,
    FilesOptions,
    MatchesOptions,
    SearchOptions,
)
from pytest_agenttasks.spec.check_options.mutation import MutationOptions
from pytest_agenttasks.spec.check_options.programs import CallOptions, CommandOptions, PythonOptions
from pytest_agenttasks.spec.check_options.testing import CoverageOptions, PytestOptions
from pytest_agenttasks.spec.check_options.texts import TextOptions

__all__ = [
    "BESIDE",
    "FIELDS",
    "SHORT",
    "AbsentOptions",
    "AnswerOptions",
    "Bounds",
    "CallOptions",
    "Check",
    "CommandOptions",
    "ContainsOptions",
    "CoverageOptions",
    "DataOptions",
    "DiffOptions",
    "Expected",
    "Expression",
    "FilesOptions",
    "Hidden",
    "JsonOptions",
    "JudgeOptions",
    "MatchesOptions",
    "MutationOptions",
    "Options",
    "Pattern",
    "PytestOptions",
    "PythonOptions",
    "SearchOptions",
    "Text",
    "TextOptions",
    "Times",
    "TomlOptions",
    "TrajectoryOptions",
    "YamlOptions",
    "is_glob",
    "without_nul",
]
