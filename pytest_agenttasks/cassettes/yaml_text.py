"""JSON values as YAML that reads well in a diff and loads back exactly.

What is written is a small part of YAML, always in the same form, and only that is read: block collections of two
spaces, a scalar on one line, and literal blocks. So a reader of its own takes a tenth of a YAML library's time. A
YAML library that is told four tags reads the files too (tested with PyYAML, with libyaml and without):

- `!crlf |`: text whose lines all end in `\\r\\n`; they end in `\\n` here;
- `!escaped |` and `!escaped '…'`: a string with letters that YAML does not have, or that a block would not keep (lone
  surrogates, NUL, a single `\\r`), with the escapes of a Python string;
- `!members`: an object as a list of pairs, for names longer than YAML allows;
- `!answer`: see `Answer`.
"""

from __future__ import annotations

from pytest_agenttasks.cassettes.yaml_answer import Answer
from pytest_agenttasks.cassettes.yaml_read import load
from pytest_agenttasks.cassettes.yaml_write import dump

__all__ = ["Answer", "dump", "load"]
