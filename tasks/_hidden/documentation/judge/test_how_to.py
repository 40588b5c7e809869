import doctest
import re
from pathlib import Path

import pytest

from judge.pages import dead_links, sections

PAGE = Path("docs/how-to-send-a-parcel.md")
STEPS = sections(PAGE.read_text("utf-8"))
SHOWN = [
    ("numbering", r"next_number\("),
    ("parcel", r"Parcel\("),
    ("tariffs", r"insured_cents|price\([^)]*,[^)]*,"),
    ("routing", r"route\((?s:.*)route\("),
    ("deliveries", r"due\("),
    ("tracking", r"\.scan\("),
]


def test_the_examples_pass():
    failed, tried = doctest.testfile(str(PAGE.absolute()), module_relative=False)
    assert failed == 0
    assert tried >= 15


@pytest.mark.parametrize(("number", "module", "call"), [(n, *shown) for n, shown in enumerate(SHOWN, start=1)])
def test_each_step_shows_its_module(number, module, call):
    assert [title[:3] for title in STEPS] == ["1. ", "2. ", "3. ", "4. ", "5. ", "6. "]
    step = list(STEPS.values())[number - 1]
    assert re.search(rf"(?:from|import) depot(?:\.| import ){module}", step)
    assert re.search(call, step)


def test_something_goes_wrong():
    assert any("Traceback (most recent call last):" in step for step in STEPS.values())


def test_the_readme_leads_there_and_all_links_somewhere():
    readme = Path("README.md").read_text("utf-8")
    assert "(docs/how-to-send-a-parcel.md)" in readme
    assert "A parcel depot: where parcels go, what they cost, who moves them. Standard library only.\n" in readme
    assert dead_links("README.md", str(PAGE)) == []
