"""Numbers about pytest-agenttasks, each a ratio or difference taken in one run: `python -m benchmarks`."""
