"""The summary of a run on GitHub: nothing in it is taken for markup, and it is not too long."""

from __future__ import annotations

import pytest

from pytest_agenttasks.reports.markdown import LIMIT, markdown
from tests.reports.some import ALL_KINDS, result

GOLDEN = """\
## Agent tasks

6 tasks: 3 passed, 1 quota, 1 error, 1 failed · 24 calls, 2 rotations · 61,404 tokens · \
$0.0123 spent and 1 of unknown cost · waited 12 s for limits \x20
1 mixed: answered by more than one model, so no single model did them \x20
environment drift in 1: tools said something else than when it was recorded \x20
  tasks/code.yaml::drift: message 3: 'a' became 'b' \x20
  tasks/code.yaml::drift: 2 recorded answers were not asked for \x20
rate: 75 % (30 to 95 %), 3 of 4 tasks passed, 1 mixed among them; 1 error, 1 quota left out \x20

### Not passed

- **failed** tasks/code.yaml::tests-for\\[src/inventory.py\\]: pytest: 1 failed
- **error** tasks/code.yaml::coupons: no model answered
- **quota** tasks/code.yaml::csv: used up

| model | answers | requests | 429s | failed | waited | tokens | cost $ | alone |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| openrouter/qwen/qwen3.8-27b:free | 19 | 19 | 0 | 0 | 0 | 47,500 | 0.0123 | 4 of 5 |
| openrouter/a/b | 1 | 4 | 2 | 1 | 12 s | 2,500 | 0 | 0 of 1 |

1 task moved between models: \x20
  tasks/code.yaml::mixed: mixed, 2 rotations, waited 12 s · b: rate\\_limited (429); b: server\\_error (502) \x20

| outcome | task | answered by | purity | calls | rot. | tokens | cost $ | time |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| failed | tasks/code.yaml::tests-for\\[src/inventory.py\\] \
| qwen3.8-27b:free | single | 4 | 0 | 10,234 | 0.0123 | 12.3 s |
| error | tasks/code.yaml::coupons | qwen3.8-27b:free | single | 4 | 0 | 10,234 | 0 | 12.3 s |
| quota | tasks/code.yaml::csv | – | – | 4 | 0 | 10,234 | unknown | 12.3 s |
| passed | tasks/code.yaml::slug-length | qwen3.8-27b:free | single | 4 | 0 | 10,234 | 0 | 12.3 s |
| passed | tasks/code.yaml::mixed | b → qwen3.8-27b:free | mixed | 4 | 2 | 10,234 | 0 | 12.3 s |
| passed | tasks/code.yaml::drift | qwen3.8-27b:free | single | 4 | 0 | 10,234 | 0 | 12.3 s |
"""


def test_all_kinds_of_results() -> None:
    assert markdown(ALL_KINDS, "Agent tasks") == GOLDEN


def test_where_all_passed_nothing_else_is_said() -> None:
    assert "Not passed" not in markdown([result()], "Agent tasks")


HOSTILE = ["<img src=x onerror=y>", "a|b", "`code`", "*b* _i_ ~s~", "[x](http://y)", "&lt;", "#1", "back\\slash"]


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_names_and_reasons_is_text(text: str) -> None:
    lines = markdown([result(f"t {text}", "failed", reason=f"r {text}")], "T").splitlines()
    reason, row = lines[7], lines[-1]
    escaped = "".join(f"\\{one}" if one in "\\|<>*_`[]&~#" else one for one in text)
    assert row.startswith(f"| failed | tasks/code.yaml::t {escaped} |")
    assert reason == f"- **failed** tasks/code.yaml::t {escaped}: r {escaped}"


def test_line_ends_do_not_end_a_row() -> None:
    text = markdown([result("a\nb", "failed", reason="x\r\ny\u2028z")], "T")
    assert "::a b |" in text
    assert ": x y z\n" in text


def test_text_that_no_encoding_takes_is_escaped() -> None:
    assert "\\udcff" in markdown([result(outcome="failed", reason="\udcff")], "T").encode().decode()


def test_what_github_would_refuse_is_cut_at_the_end_of_a_line() -> None:
    results = [result(f"t{n}", "failed", reason="é" * 200) for n in range(5000)]
    text = markdown(results, "T")
    assert LIMIT - 1000 < len(text.encode()) < 1024 * 1024
    *_, last, empty, note = text.splitlines()
    assert last.endswith(("é", "|"))
    assert (empty, note) == ("", "… the rest was left out: a summary may have 1 MiB.")


def test_what_just_fits_is_whole() -> None:
    assert "left out" not in markdown([result(f"t{n}") for n in range(5000)], "T")
