"""Values that can hardly be keys. They are never told."""

from __future__ import annotations

import re

BEGINS = {
    "ANTHROPIC_API_KEY": "sk-ant-",
    "CEREBRAS_API_KEY": "csk-",
    "GROQ_API_KEY": "gsk_",
    "HF_TOKEN": "hf_",
    "NVIDIA_NIM_API_KEY": "nvapi-",
    "OPENROUTER_API_KEY": "sk-or-",
    "PERPLEXITYAI_API_KEY": "pplx-",
    "XAI_API_KEY": "xai-",
}
"""Variable of a provider → how its keys begin (as `scrub` knows them). Only to tell those of another provider."""

_STANDS_FOR_A_KEY = re.compile(r"…|\.\.\.|<.*>|your|xxxx|change.?me|placeholder|\*\*\*", re.IGNORECASE)


def looks_wrong(variable: str, value: str) -> str | None:
    """Why a value can hardly be a key; it is not told."""
    if value != value.strip():
        return "has white space or a line break around it"
    if value[:1] in "'\"" or value[-1:] in "'\"":
        return "has quotes around it"
    if value.startswith("$"):
        return "begins with $: a variable that nobody filled in"
    if _STANDS_FOR_A_KEY.search(value):
        return "holds a word that stands for a key, and no key"
    if not value.isascii() or any(letter.isspace() or not letter.isprintable() for letter in value):
        return "has letters that no HTTP header takes, or white space within it"
    own = BEGINS.get(variable, "")
    whose = next((name for name, begin in BEGINS.items() if name != variable and value.startswith(begin)), None)
    if own and whose and not value.startswith(own):
        return f"begins as keys for {whose} do"
    return None
