"""What a person sees of a run while it runs, beside pytest's own output, and what is told to those who watch it."""

from pytest_agenttasks.watching.asking import GatewayWatch
from pytest_agenttasks.watching.line import BETWEEN, clock, fitted, line, rough
from pytest_agenttasks.watching.row import Row, can_have_row, encoded
from pytest_agenttasks.watching.thread import Every

__all__ = ["BETWEEN", "Every", "GatewayWatch", "Row", "can_have_row", "clock", "encoded", "fitted", "line", "rough"]
