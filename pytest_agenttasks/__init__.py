"""A folder of YAML work items, each done by an LLM agent as one pytest item."""

__version__ = "0.1.0"
