import ast
import copy

import pytest
from depot import numbering
from depot.numbering import Numbers

from judge.structure import texts, tree_of


def state():
    """What the module holds in plain values."""
    plain = {name: value for name, value in vars(numbering).items() if isinstance(value, int | str | list | dict | set)}
    return copy.deepcopy({name: value for name, value in plain.items() if not name.startswith("__")})


def test_two_depots_keep_apart():
    here, there = Numbers(), Numbers(2031)
    assert [here.next_number("parcel") for _ in range(3)] == ["P26-000001-7", "P26-000002-4", "P26-000003-1"]
    assert there.next_number("parcel") == "P31-000001-1"
    assert (here.issued("parcel"), there.issued("parcel")) == (3, 1)
    here.start_year(2027)
    assert (here.issued("parcel"), there.issued("parcel")) == (0, 1)
    assert here.next_number("complaint").startswith("C27-000001-")


def test_the_module_has_one_of_its_own():
    before = state()
    numbering.start_year(2026)
    Numbers().next_number("invoice")
    assert numbering.next_number("invoice") == "I26-000001-7"
    assert numbering.issued("invoice") == 1
    assert state() == before, "a global of the module changed"


def test_what_is_refused():
    numbers = Numbers(2031)
    with pytest.raises(ValueError, match="2030 is over, this is 2031"):
        numbers.start_year(2030)
    with pytest.raises(ValueError, match="no numbers for 'lunch'"):
        numbers.next_number("lunch")
    with pytest.raises(ValueError, match="no numbers for ''"):
        numbers.issued("")


def test_no_global_and_no_rule_twice():
    tree = tree_of("numbering")
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]
    assert texts(tree).count("no numbers for ") == 1
    assert texts(tree).count(" is over, this is ") == 1


@pytest.mark.parametrize("kind", ["parcel", "invoice", "complaint"])
def test_what_is_given_is_valid(kind):
    number = Numbers(2031).next_number(kind)
    assert numbering.is_valid(number)
    assert not numbering.is_valid(number.replace("31-", "30-"))
    assert not numbering.is_valid(number.replace("01-", "10-"))
