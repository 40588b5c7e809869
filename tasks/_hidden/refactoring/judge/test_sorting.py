import ast
import logging

import pytest
from depot import sorting
from depot.parcel import Parcel

from judge.structure import called, functions, tree_of

PARCELS = [Parcel("P1", "70173", 900), Parcel("P2", "1010", 900, "AT"), Parcel("P3", "70173", 40000)]
SORTED = {"70": ["P1"], "AT": ["P2"]}


def test_nothing_is_kept_from_call_to_call():
    assert [sorting.sort_parcels(PARCELS) for _ in range(2)] == [SORTED, SORTED]
    assert sorting.merged([SORTED]) == SORTED
    assert sorting.merged([]) == {}
    assert not sorting.fits(PARCELS[2])
    assert sorting.fits(PARCELS[0])


def test_what_is_given_is_filled():
    into, chutes, by_hand, reasons = {}, {}, [], ["so far"]
    assert sorting.merged([SORTED, SORTED], into) is into
    assert into == {"70": ["P1", "P1"], "AT": ["P2", "P2"]}
    assert sorting.sort_parcels(PARCELS, chutes, by_hand) is chutes
    assert (chutes, by_hand) == (SORTED, ["P3"])
    assert not sorting.fits(PARCELS[2], reasons)
    assert reasons == ["so far", "P3 weighs 40000 g"]


@pytest.mark.parametrize(("level", "told"), [(logging.DEBUG, True), (logging.INFO, False)])
def test_it_logs_and_prints_nothing(level, told, caplog, capsys):
    caplog.set_level(level)
    sorting.sort_parcels(PARCELS)
    sorting.merged([{"XY": ["P7"]}])
    sorting.fullest({"ZZ": ["P1"]})
    for name in ("P1", "P2", "P3", "XY", "ZZ"):
        assert any(name in record.getMessage() for record in caplog.records) is told, name
    assert {(record.name, record.levelno) for record in caplog.records} <= {("depot.sorting", logging.DEBUG)}
    assert capsys.readouterr().out == ""


def test_defaults_types_and_messages():
    tree = tree_of("sorting")
    assert "print" not in called(tree)
    for one in functions(tree):
        defaults = [*one.args.defaults, *filter(None, one.args.kw_defaults)]
        fixed = ast.Constant | ast.Name | ast.Tuple
        assert [ast.unparse(default) for default in defaults if not isinstance(default, fixed)] == [], one.name
        assert [arg.arg for arg in one.args.args if not arg.annotation] == [], one.name
    logged = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node)[0] == "debug"]
    assert [node.lineno for node in logged if not isinstance(node.args[0], ast.Constant)] == [], "formatted beforehand"
