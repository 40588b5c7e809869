"""Everything that `agenttasks validate` can find, in a table: the docs, `--ignore` and comments go by these words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["problem", "warning", "note"]

Stage = Literal["reading", "nop", "solution"]
"""When something is found: from the task file alone, on what `nop` leaves, on what the solution leaves."""


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding.

    Attributes:
        level: `problem`: the task does not tell good work from none; `warning`: it may not; `note`: good to know.
        stage: when it is found.
        means: what is wrong, for the docs.
        mend: what to do.
    """

    level: Level
    stage: Stage
    means: str
    mend: str


CODES = {
    "unreadable": Code("problem", "reading", "the task file has mistakes, or could not be read", "correct it"),
    "no-checks": Code(
        "problem",
        "reading",
        "there is no check: whatever an agent does passes",
        "add `checks` that fail as long as the work is not done",
    ),
    "no-solution": Code(
        "problem",
        "reading",
        "there is no `solution`: nothing shows that the checks can pass",
        "add a `solution`, a shell script that does the work",
    ),
    "no-limits": Code(
        "warning",
        "reading",
        "neither the task nor `defaults` says where an agent's work ends",
        "add `limits`, such as {steps: 30, seconds: 900, tokens: 300000}",
    ),
    "unnamed-files": Code(
        "warning",
        "reading",
        "the prompt names none of the files that the checks look at",
        "say in the prompt which files the work belongs into",
    ),
    "unfilled-name": Code(
        "problem",
        "reading",
        "prompt or title name a key of the matrix in braces of another kind, which is not filled in",
        "write {{ name }}",
    ),
    "same-tasks": Code(
        "warning",
        "reading",
        "combinations of a matrix make the same task",
        "use {{ name }} where the tasks differ, or remove the key from `matrix`",
    ),
    "same-checks": Code("warning", "reading", "a check is there twice", "remove one of them"),
    "forbidden-file": Code(
        "problem",
        "reading",
        "a check wants a file that is not there at first, and `diff` forbids to add it",
        "let `diff` allow the file",
    ),
    "weak-tests": Code(
        "warning",
        "reading",
        "all that is asked for is one test that passes, and the agent may write it: `assert True` does",
        "ask for more: `min_passed`, `coverage`, tests of your own; or hold the tests still with `diff`",
    ),
    "low-mutation": Code(
        "warning",
        "reading",
        "`mutation` is content with less than 50 per cent, which tests that assert nothing may reach",
        "ask for 50 to 80 per cent",
    ),
    "unmatched-original": Code(
        "warning",
        "reading",
        "a glob under `hidden: original:` matches none of the files that are there at first",
        "correct the glob",
    ),
    "uncollected-tests": Code(
        "warning",
        "reading",
        "pytest would not collect a hidden file with tests, by its name",
        "name it test_*.py, or give it in `args`",
    ),
    "unknown-keyword": Code(
        "warning",
        "reading",
        "a JSON Schema has a keyword that draft 2020-12 does not know, and that is passed over",
        "correct the keyword; one of your own begins with x-",
    ),
    "not-run": Code(
        "problem",
        "nop",
        "the task could not be tried: its workspace cannot be built, say",
        "correct what it says",
    ),
    "passes-on-nothing": Code(
        "problem",
        "nop",
        "all checks pass on what is there before the work: an agent that does nothing passes",
        "add a check that fails as long as the work is not done",
    ),
    "idle-check": Code(
        "warning",
        "nop",
        "one check passes on what is there before the work, so it shows nothing of it",
        "make it ask for what is new; or, if it is there so that something stays as it is, put `guard: true` beside it",
    ),
    "not-a-guard": Code(
        "warning",
        "nop",
        "a check with `guard: true` fails before the work, so that it does not guard what is there",
        "remove `guard: true`",
    ),
    "only-untried": Code(
        "warning",
        "nop",
        "of the checks that were tried none fails on nothing; those that were not tried may",
        "add a check that needs no model and fails as long as the work is not done",
    ),
    "check-broken": Code(
        "problem",
        "nop",
        "a check could not be run, so that it says nothing about the work",
        "correct the check",
    ),
    "solution-fails": Code(
        "problem",
        "solution",
        "the `solution` does not end well",
        "correct the solution: it runs with `set -e` in a new workspace",
    ),
    "solution-rejected": Code(
        "problem",
        "solution",
        "a check fails on what the `solution` leaves",
        "correct the check or the solution",
    ),
    "changes-nothing": Code(
        "warning",
        "solution",
        "the `solution` changes no file",
        "correct the solution: paths are relative to the workspace",
    ),
    "flaky": Code(
        "problem",
        "solution",
        "a check, or the `solution` itself, does not come to the same every time (`--times`)",
        "take chance, time and order out of the check and of the solution",
    ),
    "not-tried": Code(
        "note",
        "solution",
        "a check looks at what only an agent gives, and could not be tried on the solution",
        "see what it says of agents in a run",
    ),
}
