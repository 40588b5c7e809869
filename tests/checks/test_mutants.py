from __future__ import annotations

import pytest

from pytest_agenttasks.checks.mutants import Source, sample


def shown(text: str) -> list[str]:
    source = Source(text.encode())
    return [one.shown for one in sorted(sample(source, 1000), key=lambda one: (one.start, one.end, one.new))]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("a < b", ["`<` → `<=`", "`<` → `>=`"]),
        ("a is  not b", ["`is not` → `is`"]),
        ("(a) not in (b)", ["`not in` → `in`"]),
        ("x = (a  # and <\n     and b)", ["`and` → `or`"]),
        ("x = -a * b", ["`-a` → `a`", "`*` → `/`"]),
        ("x += n", ["`+=` → `-=`"]),
        ("x = 5", ["`5` → `6`"]),
        ("x = 1e400", []),
        ("x = True", ["`True` → `False`"]),
        ("x = 'a'", ["`'a'` → `\"\"`"]),
        ("if ok: x()", ["`ok` → `(not (ok))`", "`x()` → `pass`"]),
        ("[a for a in b if a.c]", ["`a.c` → `(not (a.c))`"]),
        ("def f():\n    return g(a)", ["`return g(a)` → `return None`"]),
        ("def f() -> list[int]:\n    return g(a)", ["`return g(a)` → `return []`"]),
        ("def f() -> bool:\n    return g(a)", ["`return g(a)` → `return not (g(a))`"]),
        ("def f(x):\n    raise KeyError('x')", ["`raise KeyError('x')` → `pass`"]),
        ("for a in b:\n    break", ["`break` → `continue`"]),
        ("async def f():\n    await g()", ["`await g()` → `pass`"]),
    ],
)
def test_changes(text: str, changes: list[str]) -> None:
    assert shown(text) == changes


@pytest.mark.parametrize(
    "text",
    [
        '"""A text."""\ndef f(): "a text"',
        "x: dict[str, 3] | None",
        "def f(x: 'a') -> 'b': ...",
        "@cache(maxsize=3)\ndef f(): ...",
        "f'{a + 1:>3}' + b + a",
        "__all__ = ['a']",
        "if __name__ == '__main__': main()",
        "if typing.TYPE_CHECKING: import x",
        "log.debug('here')\nlogging.getLogger('x')",
        "T = TypeVar('T')",
        "a['key'], f(encoding='x'), {'key': a}",
        "",
    ],
)
def test_what_no_test_is_about_stays(text: str) -> None:
    assert shown(text) == []


def test_the_text_around_a_change_stays_as_it_is() -> None:
    content = "\ufeff# -*- coding: utf-8 -*-\r\nä = 'ü€' ; x = a  <  b # c\r\n".encode()
    source = Source(content)
    [one] = [one for one in source.mutants() if one.new == ">="]
    assert source.mutated(one).decode() == "\ufeff# -*- coding: utf-8 -*-\nä = 'ü€' ; x = a  >=  b # c\n"
    assert source.change(one) == ("ä = 'ü€' ; x = a  <  b # c", "ä = 'ü€' ; x = a  >=  b # c")
    assert one.line == 2


def test_another_encoding() -> None:
    content = "# coding: latin-1\nx = 'ä' < b\n".encode("latin-1")
    source = Source(content)
    one = next(one for one in source.mutants() if one.new == "<=")
    assert source.mutated(one) == "# coding: latin-1\nx = 'ä' <= b\n".encode("latin-1")
    compile(source.same(), "x", "exec")


def test_what_does_not_compile_is_no_mutant() -> None:
    assert shown("global_ = 1\ndef f():\n    for a in b:\n        try: pass\n        finally: c()") == [
        "`1` → `2`",
        "`c()` → `pass`",
    ]
    assert "`continue` → `break`" in shown("while a:\n    continue")


FUNCTIONS = "".join(f"def f{n}(x):\n    x += 1\n    x += 2\n    return x > {n} and x < 9\n\n\n" for n in range(8))


class TestSample:
    def test_it_is_spread_over_functions_and_lines(self) -> None:
        chosen = sample(Source(FUNCTIONS.encode()), 24)
        for n in range(8):
            lines = {one.line for one in chosen if one.function == f"f{n}"}
            assert len(lines) == 3

    def test_a_part_is_the_beginning_of_the_whole(self) -> None:
        source = Source(FUNCTIONS.encode())
        assert sample(source, 5) == sample(source, 20)[:5]

    def test_a_change_elsewhere_does_not_change_it(self) -> None:
        before = sample(Source(FUNCTIONS.encode()), 10)
        after = sample(Source(b"# new\nimport os\n" + FUNCTIONS.encode()), 10)
        assert [(one.function, one.shown, one.line + 2) for one in before] == [
            (one.function, one.shown, one.line) for one in after
        ]

    def test_it_is_the_same_with_every_python(self) -> None:
        chosen = sample(Source(FUNCTIONS.encode()), 4)
        assert [(one.line, one.shown) for one in chosen] == [
            (38, "`1` → `2`"),
            (32, "`1` → `2`"),
            (27, "`2` → `3`"),
            (4, "`>` → `>=`"),
        ]
