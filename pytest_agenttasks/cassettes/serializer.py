"""Our files for vcrpy itself. Two lines make a stock vcrpy read and write them:

    my_vcr = vcr.VCR(serializer="agenttasks")
    my_vcr.register_serializer("agenttasks", pytest_agenttasks.cassettes.serializer)

then `with my_vcr.use_cassette("cassettes/….yaml") as cassette:` has `requests` and `responses`.
The header is vcrpy's metadata, from vcrpy 9 on.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from pytest_agenttasks.calls import Reply
from pytest_agenttasks.cassettes.asked import METHOD, URI, Asked, Message
from pytest_agenttasks.cassettes.file_format import Call, from_text, to_text
from pytest_agenttasks.results import Json

NAME = "agenttasks"
"""Under which name to register this module."""

CONTENT_TYPE = {"content-type": ["application/json"]}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def serialize(cassette: Json) -> str:
    """The text for vcrpy's dictionary of a cassette.

    Raises:
        ValueError: it holds something else than chat completions in JSON.
    """
    calls = [Call(_asked(one["request"]), reply_of(one["response"])) for one in cassette["interactions"]]
    return to_text(dict(cassette.get("metadata", {})), calls)


def deserialize(text: str) -> Json:
    """vcrpy's dictionary of a cassette for a file's text.

    Raises:
        ValueError: the text is not a whole cassette of ours.
    """
    header, calls = from_text(text)
    interactions = [{"request": _request(call.asked), "response": response_of(call.reply)} for call in calls]
    return {"version": 1, "interactions": interactions, "metadata": header}


def response_of(reply: Reply) -> Json:
    """An answer in vcrpy's form."""
    return {
        "status": {"code": reply.status, "message": _PHRASES.get(reply.status, "")},
        "headers": CONTENT_TYPE,
        "body": {"string": json.dumps(reply.body).encode()},
    }


def reply_of(response: Json) -> Reply:
    """An answer from vcrpy's form."""
    return Reply(response["status"]["code"], json.loads(response["body"]["string"]))


def _request(asked: Asked) -> Json:
    # ASCII: vcrpy encodes bodies as UTF-8, which has no lone surrogates.
    return {"method": METHOD, "uri": URI, "body": json.dumps(asked.body), "headers": CONTENT_TYPE}


def _asked(request: Json) -> Asked:
    body: Any = json.loads(request["body"] or "null")
    if request["method"] != METHOD or not isinstance(body, dict):
        raise ValueError(f"{request['method']} {request['uri']}: only chat completions in JSON can be stored")
    messages = body.pop("messages", [])
    return Asked(body, [Message.of(message) for message in messages])
