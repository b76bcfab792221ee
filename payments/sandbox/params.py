"""Stripe's way of writing parameters: form-encoded names with bracket nesting, checked by a model per request."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from payments.sandbox.currencies import CURRENCIES
from payments.sandbox.errors import ApiError

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_DEEPEST = 6
_MOST_PAIRS = 2_000


def parse(encoded: bytes) -> dict[str, Any]:
    """`a[b]=1&expand[0]=x` → `{"a": {"b": "1"}, "expand": {"0": "x"}}`. Raises ApiError for what cannot be read."""
    try:
        pairs = parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_PAIRS, errors="strict")
    except ValueError:
        raise ApiError("Invalid request: the parameters could not be read.") from None
    return _nest(pairs)


def _nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise ApiError("Invalid string: null bytes are not allowed.", param=name.replace("\0", ""))
        *parents, leaf = _parts(name)
        node = tree
        for part in parents:
            node = node.setdefault(part or str(len(node)), {})
            if not isinstance(node, dict):
                raise ApiError("Invalid parameters: a value and a hash under one name.", param=name)
        node[leaf or str(len(node))] = value
    return tree


def _parts(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    parts = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])] if match else []
    if not 0 < len(parts) <= _DEEPEST:
        raise ApiError(f"Invalid parameter name: {name[:80]}", code="parameter_unknown", param=name[:80])
    return parts


def _integer(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise PydanticCustomError("parameter_invalid_integer", "")
    return value


def _list(value: object) -> object:
    return list(value.values()) if isinstance(value, dict) and all(k.isdigit() for k in value) else value


def _currency(value: str) -> str:
    if value.lower() not in CURRENCIES:
        raise ValueError(f"Invalid currency: {value[:10]}. Stripe does not know this currency.")
    return value.lower()


def _metadata(value: object) -> object:
    if value == "":
        return {}
    if isinstance(value, dict):
        if len(value) > 50:
            raise ValueError("Metadata can have up to 50 keys")
        for key, text in value.items():
            if len(key) > 40 or not isinstance(text, str) or len(text) > 500:
                raise ValueError("Metadata keys can have up to 40 characters and their values, strings, up to 500")
    return value


Integer = Annotated[int, BeforeValidator(_integer)]
Amount = Annotated[int, BeforeValidator(_integer), Field(ge=1, le=10**15)]
Currency = Annotated[str, BeforeValidator(_currency)]
Metadata = Annotated[dict[str, str], BeforeValidator(_metadata)]
Strings = Annotated[list[str], BeforeValidator(_list)]


class Params(BaseModel):
    """What one request may carry. Unknown names are refused, as Stripe does."""

    model_config = ConfigDict(extra="forbid")

    expand: Strings = []


class Described(Params):
    """What every created object may carry."""

    metadata: Metadata = {}
    description: str | None = None


class Span(BaseModel):
    model_config = ConfigDict(extra="forbid")

    gt: Integer | None = None
    gte: Integer | None = None
    lt: Integer | None = None
    lte: Integer | None = None


def _span(value: object) -> object:
    return {"gte": value, "lte": value} if isinstance(value, str) else value


class Listing(Params):
    """One page of a list: newest first."""

    limit: Annotated[Integer, Field(ge=1, le=100)] = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: Annotated[Span, BeforeValidator(_span)] = Span()

    def matches(self) -> dict[str, str]:
        """The filters beyond paging and time: field of the document → value."""
        own = {"limit", "starting_after", "ending_before", "created", "expand"}
        return self.model_dump(exclude=own, exclude_none=True)


P = TypeVar("P", bound=Params)


def read(model: type[P], given: dict[str, Any]) -> P:
    """Check the parameters of one request. Raises ApiError naming the first wrong one."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        first = wrong.errors()[0]
    name, *nested = (str(part) for part in first["loc"])
    param = name + "".join(f"[{part}]" for part in nested)
    match first["type"]:
        case "missing":
            raise ApiError(f"Missing required param: {param}.", code="parameter_missing", param=param)
        case "extra_forbidden":
            raise ApiError(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)
        case "greater_than_equal" | "less_than_equal" | "parameter_invalid_integer":
            raise ApiError(
                f"Invalid integer: {str(first['input'])[:40]}", code="parameter_invalid_integer", param=param
            )
        case "value_error":
            raise ApiError(str(first["ctx"]["error"]), param=param)
        case _:
            raise ApiError(f"Invalid {param}: {first['msg']}", param=param)
