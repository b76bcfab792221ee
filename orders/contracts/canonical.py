"""The one spelling of what is hashed and signed."""

import hashlib
import json
import unicodedata
from typing import Any

from pydantic import BaseModel


def canonical_json(terms: BaseModel) -> bytes:
    """The one spelling of terms, or of what is made from them: UTF-8, NFC, keys sorted, no spaces, decimals as
    strings, no floats.

    The same terms give the same bytes in every process and on every machine.
    """
    tree = _normalised(terms.model_dump(mode="json"))
    return json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal, 64 characters."""
    return hashlib.sha256(data).hexdigest()


def _normalised(node: Any) -> Any:
    match node:
        case dict():
            return {_normalised(key): _normalised(value) for key, value in node.items()}
        case list():
            return [_normalised(value) for value in node]
        case str():
            return unicodedata.normalize("NFC", node)
        case float():
            raise TypeError("a contract holds no floats")
    return node
