"""Bodies are JSON, whatever their Content-Type says; this reads and writes them."""

from typing import Any

import orjson

from maestro.errors import InvalidInput


def read(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; an empty body is an empty object. Raises InvalidInput."""
    if not raw.strip():
        return {}
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(message=f"malformed JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInput(message="the body must be a JSON object")
    return document


def write(document: object) -> bytes:
    """`document` as JSON, keys in the order given."""
    return orjson.dumps(document)
