"""Each example of docs/checks.md is run: on work on which it passes, and on work on which it fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_agenttasks.calls import Exchange
from pytest_agenttasks.checks.base import NoCourt
from pytest_agenttasks.models import Session
from pytest_agenttasks.spec import JudgeOptions
from pytest_agenttasks.spec.check_options import FIELDS
from tests.checks.conftest import Box, exchange
from tests.make_docs import ROOT
from tests.models.answers import Tape, answered, chain
from tests.test_docs import examples_of

PAGE = ROOT / "docs/checks.md"


@dataclass(frozen=True)
class Left:
    """What an agent left and did."""

    files: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    exchanges: tuple[Exchange, ...] = ()


NOTHING = Left()
SHOP = {
    "README.md": "# Shop\n\n## Usage\n",
    "src/app.py": "# Copyright\nimport sys\nVERSION = '1.2'\nif __name__ == '__main__':\n"
    "    sys.stdout.write(f'app {VERSION}\\n')\n",
    "src/money.py": "# Copyright\nclass Money: ...\ndef parse(text) -> Money:\n    return Money()\n",
    "tests/test_app.py": "from src import app, money\n\n\n"
    + "".join(f"def test_{n}() -> None:\n    assert app.VERSION\n\n\n" for n in range(3)),
}
ASKED = (
    exchange(("bash", {"command": "pytest -q"}), ("write_file", {"path": "a"})),
    exchange(("bash", {"command": "python -m pytest"})),
)

PACKAGE = {"name": "shop", "version": "1.0", "scripts": {"test": "pytest"}, "files": ["src"]}
MONEY = "class Money:\n    pass\n\n\ndef parse(text: str) -> Money:\n    return Money()\n"
VERDICT = '{"verdict": "safe", "reasons": []}'

GOOD: dict[str, Left] = {
    "files": Left(SHOP | {"docs/a.md": "x" * 200, "docs/b.md": "y" * 200}),
    "absent": Left(SHOP),
    "contains": Left(SHOP),
    "matches": Left(SHOP),
    "json": Left({"package.json": json.dumps(PACKAGE)}),
    "yaml": Left({"config.yaml": "server: {port: 8080, hosts: [example.org]}"}),
    "toml": Left({"pyproject.toml": "[project]\nname = 'shop'\n"}),
    "command": Left(SHOP),
    "python": Left({"src/shop/__init__.py": "", "src/shop/cart.py": "", "src/shop/money.py": MONEY}),
    "pytest": Left(SHOP),
    "coverage": Left(SHOP),
    "mutation": Left({
        "src/app.py": "def larger(a, b):\n    return a if a > b else b\n",
        "tests/test_app.py": "from src.app import larger as f\ndef test_a(): assert (f(1, 2), f(2, 1)) == (2, 2)\n",
    }),
    "diff": Left({"src/a.py": "1\n2\n", "tests/test_a.py": "3\n"}),
    "answer": Left(answer=f"All 3 tests pass in tests/test_money.py.\n```json\n{VERDICT}\n```\n"),
    "trajectory": Left(exchanges=ASKED),
    "call": Left({"prices.csv": "name,price\ntea,3\n"}),
    "judge": Left({"docs/pricing.md": "# Pricing\n", "shop/pricing.py": "def quote(price): ...\n"}),
}  # fmt: skip
"""Work on which all examples of a section pass, by the check."""

BAD: dict[str, Left] = {
    "absent": Left({"src/legacy/a.py": ""}),
    "contains": Left({"README.md": "# Usage\n", "src/a.py": "print(1)\n"}),
    "matches": Left({"src/money.py": "def parse(text): ...\n    import pdb\n"}),
    "json": Left({"package.json": "{"}),
    "python": Left({"src/a.py": "import os\n", "src/shop/money.py": "", "src/shop/__init__.py": ""}),
    "mutation": Left(
        {
            "src/app.py": "def larger(a, b):\n    return a if a > b else b\n",
            "tests/test_app.py": "from src.app import larger\ndef test_a(): larger(1, 2)\n",
        }
    ),
    "diff": Left({"pyproject.toml": "1\n"}),
    "answer": Left(answer="Sorry."),
    "trajectory": Left(exchanges=(exchange(("web_search", {}), ("bash", {"command": "rm -rf x"})),)),
    "call": Left({"prices.csv": "name,price\ntea,300\n"}),
}
"""Work on which each of them fails; else it is nothing at all."""

ALSO_GOOD = {"python": ({"python": "src/**/*.py"},)}
"""Examples that pass on the work on which the others of their section fail."""


class Agreeable(NoCourt):
    """A court whose judge finds that every criterion holds."""

    def session(self, options: JudgeOptions) -> Session:
        criteria = [{"number": n, "reason": "so it reads", "holds": True} for n, _ in enumerate(options.rubric, 1)]
        session = Session(chain("judge"))
        session.use(Tape(*[answered(json.dumps({"criteria": criteria}))] * options.votes))
        return session


def documented() -> list[tuple[str, dict[str, Any]]]:
    """The checks of the page, each with its name."""
    shown = [yaml.safe_load(one.text) for one in examples_of(PAGE) if one.kind == "yaml"]
    return [(name, check) for checks in shown for check in checks for name in check if name in FIELDS]


def place(box: Box, left: Left) -> None:
    box.write(left.files)
    box.did(left.answer, *left.exchanges, steps=len(left.exchanges))


@pytest.fixture
def beside(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """A workspace of a task file that has the page's `checks.py` beside it, in a project with a package of checks."""
    [code] = [one.text for one in examples_of(PAGE) if one.file == "checks.py"]
    (tmp_path / "checks.py").write_text(code)
    (tmp_path / "shop_checks").mkdir()
    (tmp_path / "shop_checks/prices.py").write_text(
        "def all_positive(context):\n"
        "    return 'too dear' if '300' in (context.workspace / 'prices.csv').read_text() else ''\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    box.base = tmp_path
    box.court = Agreeable()
    yield box
    for name in ("shop_checks", "shop_checks.prices"):
        sys.modules.pop(name, None)


def test_every_check_is_shown() -> None:
    assert {name for name, _ in documented()} == set(FIELDS)


@pytest.mark.parametrize(("name", "check"), documented(), ids=str)
def test_it_passes_on_good_work(beside: Box, name: str, check: dict[str, Any]) -> None:
    place(beside, GOOD[name])
    beside.passes(name, check[name])


@pytest.mark.parametrize(("name", "check"), documented(), ids=str)
def test_it_fails_on_other_work(beside: Box, name: str, check: dict[str, Any]) -> None:
    place(beside, BAD.get(name, NOTHING))
    if check in ALSO_GOOD.get(name, ()):
        beside.write({"src/broken.py": "("})
    beside.fails(name, check[name])
