"""`test_bare.py` of a made-up project: what pytest itself costs."""


def test_nothing() -> None:
    """Passes."""
