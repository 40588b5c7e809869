import ast
import dataclasses

from depot.pickups import Pickup, describe, merge, request, stops, vans

from judge.structure import functions, tree_of

ONE = request("ACME", "Weg 1", "70173", 2, note="ring")
BOTH = merge(ONE, request("Bolt", "WEG 1", "70173", 3, "morning"))


def test_the_type():
    names = [field.name for field in dataclasses.fields(Pickup)]
    assert names == ["customer", "street", "postcode", "parcels", "slot", "note"]
    assert Pickup.__dataclass_params__.frozen
    assert request("ACME", " Weg 1 ", "70 173", 2) == Pickup("ACME", "Weg 1", "70173", 2)


def test_nothing_is_looked_up_by_a_key():
    nodes = list(ast.walk(tree_of("pickups")))
    types = [getattr(node, key, None) for node in nodes for key in ("annotation", "returns")]
    in_types = {id(inner) for node in types if node for inner in ast.walk(node)}
    keys = [node.slice for node in nodes if isinstance(node, ast.Subscript) and id(node) not in in_types]
    assert not [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    assert not [node.lineno for node in nodes if isinstance(node, ast.Dict)]


def test_every_function_has_types_and_a_docstring():
    for one in functions(tree_of("pickups")):
        assert one.returns, one.name
        assert [arg.arg for arg in one.args.args if not arg.annotation and arg.arg not in ("self", "cls")] == [], (
            one.name
        )
        assert one.name.startswith("_") or ast.get_docstring(one), one.name


def test_merge():
    assert Pickup("ACME and Bolt", "Weg 1", "70173", 5, "morning", "ring") == BOTH
    assert merge(ONE, ONE) == dataclasses.replace(ONE, parcels=4, note="ring; ring")
    assert merge(BOTH, ONE).slot == "morning"
    assert ONE.parcels == 2


def test_stops():
    late = request("Bolt", "weg 1", "70173", 90, "afternoon")
    found = stops([late, BOTH, ONE, request("Cup", "Allee 2", "70173", 1)])
    assert [(stop.street, stop.parcels) for stop in found] == [("Allee 2", 1), ("weg 1", 92), ("Weg 1", 5)]
    assert (vans(found), vans(found, holds=98), vans([])) == (3, 1, 0)
    assert describe(found[2]) == "70173 Weg 1: 5 from ACME and Bolt, morning (ring)"
