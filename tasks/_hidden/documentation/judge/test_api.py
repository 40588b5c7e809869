import ast
import re
from pathlib import Path

from judge.code import modules, parameters, public, raised
from judge.pages import sections

PACKAGE = "shop" if Path("shop").is_dir() else "depot"
PAGE = Path("docs/api.md").read_text("utf-8")


def title(node, owner=""):
    name = f"{owner}{node.name}"
    properties = [one for one in node.decorator_list if ast.unparse(one) == "property"]
    return f"`{name}`" if isinstance(node, ast.ClassDef) or properties else f"`{name}({', '.join(parameters(node))})`"


def wanted():
    """The headings of the page, each with the errors that must stand below it."""
    for name, tree in modules(PACKAGE).items():
        yield f"## {PACKAGE}.{name}", {}
        for node in public(tree):
            yield f"### {title(node)}", raised(node) if isinstance(node, ast.FunctionDef) else {}
            for one in public(node) if isinstance(node, ast.ClassDef) else []:
                yield f"#### {title(one, f'{node.name}.')}", raised(one)


def test_nothing_is_missing_nothing_is_invented():
    assert re.findall(r"^##.*", PAGE, re.MULTILINE) == [heading for heading, _ in wanted()]


def test_every_entry_says_something():
    told = {f"{'#' * level} {name}": text for level in (2, 3, 4) for name, text in sections(PAGE, level).items()}
    for heading, errors in wanted():
        sentence = told[heading].partition("\n#")[0]
        assert len(sentence.split()) >= 3, heading
        assert "." in sentence, heading
        assert [error for error in errors if f"`{error}`" not in sentence] == [], heading


def test_the_list_leads_to_every_module():
    start = PAGE.partition("\n##")[0]
    assert sorted(re.findall(r"\]\(#([^)]+)\)", start)) == [f"{PACKAGE}{name}" for name in modules(PACKAGE)]
