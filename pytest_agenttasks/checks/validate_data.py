"""Validate data against a JSON Schema: a program that a check starts in the sandbox, never imported.

    python -I validate_data.py RECORD JOB      (JOB: a file with the schema, and data by name)

A process of its own, because a schema has regular expressions and an agent's data can be made so that one of them
takes for ever.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import validator_for
from referencing import Registry

ERRORS = 10
"""Mistakes that are told of one document."""

TEXT = 1_000
"""Characters that are told of one mistake: it repeats the value."""

LENGTHS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
"""Keywords whose number a message lacks."""


def mistakes(schema: Any, data: Any) -> Iterator[dict[str, Any]]:
    """What is wrong with data, the most telling part of each mistake."""
    kind = validator_for(schema, default=Draft202012Validator)
    validator = kind(schema, registry=Registry())  # without one, `$ref` would be fetched from the network
    for error in islice(validator.iter_errors(data), ERRORS):
        told = best_match([error]) or error
        yield {"at": [str(part) for part in told.absolute_path], "message": told.message[:TEXT] + _bound(told)}


def _bound(error: ValidationError) -> str:
    """The number that a length is to keep to, which messages do not always say."""
    keyword = str(error.validator)
    return f" ({keyword} {error.validator_value})" if keyword in LENGTHS else ""


def main() -> None:
    """Note each mistake as soon as it is known."""
    record, job = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())
    with record.open("w", encoding="ascii", buffering=1) as out:
        out.write(json.dumps({"kind": "began"}) + "\n")
        try:
            for name, data in job["data"].items():
                for mistake in mistakes(job["schema"], data):
                    out.write(json.dumps({"kind": "wrong", "name": name, **mistake}) + "\n")
        except Exception as error:  # of the schema: a reference that leads nowhere, a broken pattern
            out.write(json.dumps({"kind": "broken", "message": f"{type(error).__name__}: {error}"}) + "\n")
        out.write(json.dumps({"kind": "finished"}) + "\n")


if __name__ == "__main__":
    main()
