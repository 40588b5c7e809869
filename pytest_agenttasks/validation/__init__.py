"""Whether tasks tell good work from none: what their files say, and how their checks come out. Without pytest."""

from pytest_agenttasks.validation.codes import CODES, Code
from pytest_agenttasks.validation.facts import GUARDS, NEEDS, CheckFacts, TaskFacts, facts_of
from pytest_agenttasks.validation.finding import Finding, in_order
from pytest_agenttasks.validation.judging import Tried, judge, paired
from pytest_agenttasks.validation.lint import lint
from pytest_agenttasks.validation.silence import heard

__all__ = [
    "CODES",
    "GUARDS",
    "NEEDS",
    "CheckFacts",
    "Code",
    "Finding",
    "TaskFacts",
    "Tried",
    "facts_of",
    "heard",
    "in_order",
    "judge",
    "lint",
    "paired",
]
