from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_agenttasks.checks import mistakes
from pytest_agenttasks.spec import Check
from tests.checks.conftest import Box

CHECKS = '''
import dataclasses

@dataclasses.dataclass
class Known:
    """Dataclasses look up their module."""
    name: str

def fine(context): return None
def true(context): return True
def nothing(context): return []
def false(context): return False
def text(context): return "it is\\nall wrong"
def texts(context): return ["one", "two"]
def number(context): return 3
def asserts(context):
    assert context.answer == "42", "the answer is not 42"
def bare(context):
    assert (context.workspace / "out.txt").exists()
def breaks(context): return {}["gone"]
def leaves(context): raise SystemExit(3)
def told(context):
    facts = context.task, context.agent, context.answer, context.steps, context.changed, context.options["limit"]
    ran = context.execute("cat a.txt", seconds=20)
    return [repr(facts), ran.output]
def changes(context): context.options["limit"] = 5
not_one = 3
'''


@pytest.fixture
def base(box: Box, tmp_path: Path) -> Box:
    """A workspace of a task file that has `checks.py` beside it."""
    (tmp_path / "checks.py").write_text(CHECKS)
    box.base = tmp_path
    return box


@pytest.mark.parametrize("name", ["fine", "true", "nothing"])
def test_passes(base: Box, name: str) -> None:
    assert base.passes("call", f"checks.py:{name}") == f"checks.py:{name} found nothing wrong"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("false", ["checks.py:false: it returned False; a text, or a list of texts, says what is wrong"]),
        ("text", ["checks.py:text: it is", "all wrong"]),
        ("texts", ["checks.py:texts: one (2 problems)", "two"]),
        ("asserts", ["checks.py:asserts: the answer is not 42"]),
        ("bare", ["checks.py:bare: assertion failed: checks.py:19, in bare: "
                  'assert (context.workspace / "out.txt").exists()']),
    ],
)  # fmt: skip
def test_what_is_wrong(base: Box, name: str, lines: list[str]) -> None:
    assert base.fails("call", f"checks.py:{name}").splitlines() == lines


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("number", "checks.py:number returned int, expected None or True for a pass, or what is wrong"),
        ("breaks", "checks.py:breaks raised KeyError: 'gone' (checks.py:20, in breaks: "),
        ("leaves", "checks.py:leaves raised SystemExit: 3 (checks.py:21, in leaves: "),
        ("changes", "checks.py:changes raised TypeError: 'mappingproxy' object does not support item assignment"),
        ("gone", "there is no 'gone' in checks.py; "),
        ("not_one", "checks.py:not_one is no function: found int"),
    ],
)
def test_a_function_that_breaks_is_an_error(base: Box, name: str, message: str) -> None:
    assert message in base.errs("call", f"checks.py:{name}")


def test_what_it_is_told(base: Box) -> None:
    base.did("41", steps=2)
    base.write({"a.txt": "hello"})
    message = base.fails("call", {"function": "checks.py:told", "with": {"limit": 4}})
    assert message.splitlines() == ["checks.py:told: ('', 'loop', '41', 2, ('a.txt',), 4) (2 problems)", "hello"]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which Python imports."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("judges_of_")]:
        del sys.modules[name]


def test_a_function_of_a_package(box: Box, package: Path) -> None:
    (package / "judges_of_shop").mkdir()
    (package / "judges_of_shop/prices.py").write_text("def all_positive(context): return 'price -1'\n")
    assert box.fails("call", "judges_of_shop.prices:all_positive") == "judges_of_shop.prices:all_positive: price -1"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("judges_of_nothing:check", "call: there is no module judges_of_nothing; it must be importable in pytest"),
        ("judges_of_broken:check", "call: judges_of_broken cannot be imported: ZeroDivisionError"),
        ("judges_of_lacking:check", "call: judges_of_lacking cannot be imported: No module named 'gone_elsewhere'"),
        ("judges_of_prices:chek", "call: there is no 'chek' in judges_of_prices; did you mean 'check'?"),
        ("judge.py:check", "call: there is no file judge.py beside the task file; did you mean 'judges.py'?"),
        ("judges.py:chek", "call: there is no 'chek' in judges.py; did you mean 'check'?"),
        ("broken.py:check", "call: broken.py cannot be imported: SyntaxError"),
    ],
)
def test_what_is_not_there_is_known_before_anything_runs(package: Path, path: str, message: str) -> None:
    for name, text in (("judges_of_broken", "1/0"), ("judges_of_lacking", "import gone_elsewhere"),
                       ("judges_of_prices", "def check(context): pass"), ("judges", "def check(context): pass"),
                       ("broken", "(")):  # fmt: skip
        (package / f"{name}.py").write_text(text)
    [(keys, told)] = mistakes(Check.model_validate({"call": path}), package)
    assert keys == ("call", "function")
    assert told.startswith(message)
    assert not list(mistakes(Check.model_validate({"call": "judges.py:check"}), package))


@pytest.mark.parametrize("path", ["check", "a.b", "a-b:c", ":c", "a:b:c", "a.py:", "a.b:1"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"expected package.module:function, or file.py:function"):
        Check.model_validate({"call": path})
