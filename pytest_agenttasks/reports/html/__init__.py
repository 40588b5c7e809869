"""A report as one HTML file that needs nothing else: no network, no other file, and no script to be read."""

from pytest_agenttasks.reports.html.page import page

__all__ = ["page"]
