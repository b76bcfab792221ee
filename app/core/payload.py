"""What a request says: a JSON body or a form, read once into one nested shape, then into a schema.

Form names are dotted: `lines.0.quantity=5` becomes `{"lines": [{"quantity": "5"}]}`. Empty form values are absent.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, core_schema
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException as StarletteHTTPException

from app.core.errors import Invalid, NotFound
from app.core.i18n import _
from app.core.money import MoneyError

M = TypeVar("M", bound=BaseModel)

MOST_FIELDS = 20_000
DEEPEST = 6
LONGEST_LIST = 2_000
HOUSEKEEPING = {"csrf_token", "idempotency_key", "_page", "_form"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived; nothing of it is believed before it was sniffed."""

    filename: str
    content_type: str
    data: bytes

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "format": "binary"}


@dataclass(frozen=True)
class Payload:
    data: dict[str, Any]
    housekeeping: dict[str, str]
    is_form: bool

    def digest(self) -> str:
        """The same for the same input, whatever its encoding: what an idempotency key is bound to."""
        plain = json.dumps(self.data, sort_keys=True, ensure_ascii=True, default=_file_digest)
        return hashlib.sha256(plain.encode()).hexdigest()

    def typed(self) -> dict[str, str | list[str]]:
        """Flat form values as they were typed, to be shown again, ticked boxes as lists; files cannot be."""
        return dict(_flatten("", self.data))


def _file_digest(value: object) -> str:
    if isinstance(value, Upload):
        return f"{value.filename}:{hashlib.sha256(value.data).hexdigest()}"
    raise TypeError(type(value).__name__)


def _flatten(prefix: str, value: Any) -> list[tuple[str, str | list[str]]]:
    match value:
        case dict():
            return [pair for key, inner in value.items() for pair in _flatten(f"{prefix}.{key}".lstrip("."), inner)]
        case list():
            return [pair for n, inner in enumerate(value) for pair in _flatten(f"{prefix}.{n}", inner)] + [
                (prefix, [v for v in value if isinstance(v, str)])
            ]
        case Upload():
            return []
    return [(prefix, "" if value is None else str(value))]


def check_address(request: Request) -> None:
    """PostgreSQL cannot store NUL. Raises NotFound for a path that holds one, Invalid naming what else does."""
    path: str = request.scope["path"]
    if "\x00" in path or "%00" in path:
        raise NotFound
    for name, value in request.query_params.multi_items():
        if "\x00" in name + value:
            raise Invalid(_("This contains characters that cannot be stored."), field=name.replace("\x00", ""))


async def read(request: Request) -> Payload:
    """The request's payload; read once and kept. Raises Invalid for what is neither JSON nor a form."""
    kept: Payload | None = getattr(request.state, "payload", None)
    if kept is None:
        kept = await _read(request)
        request.state.payload = kept
    return kept


async def _read(request: Request) -> Payload:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        try:
            form = await request.form(max_files=50, max_fields=MOST_FIELDS, max_part_size=2**20)
        except (StarletteHTTPException, UnicodeDecodeError, ValueError) as error:
            raise Invalid(_("The form could not be read.")) from error
        try:
            return await _from_form(form)
        finally:
            await form.close()
    body = await request.body()
    if not body:
        return Payload({}, {}, is_form=False)
    if kind and kind != "application/json":
        raise Invalid(_("Send JSON or a form."))
    try:
        data = json.loads(body, parse_float=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("The body is not valid JSON.")) from error
    if not isinstance(data, dict):
        raise Invalid(_("The body must be a JSON object."))
    return Payload(data, {}, is_form=False)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


async def _from_form(form: FormData) -> Payload:
    housekeeping: dict[str, str] = {}
    tree: dict[str, Any] = {}
    for name in form:
        values = [v if isinstance(v, str) else await _upload(v) for v in form.getlist(name)]
        if name in HOUSEKEEPING:
            housekeeping[name] = str(values[0])
            continue
        present = [v for v in values if v not in (None, "")]
        if present:
            _put(tree, name.split("."), present if len(present) > 1 else present[0])
    data = _lists(tree)
    return Payload(data if isinstance(data, dict) else {}, housekeeping, is_form=True)


async def _upload(file: UploadFile) -> Upload | None:
    data = await file.read()
    if not data and not file.filename:
        return None
    return Upload(_shown(file.filename or "") or "file", file.content_type or "", data)


def _shown(name: str) -> str:
    """A file's own name without any path, and without signs that do not show or turn others round."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in bare if sign.isprintable())


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    if len(path) > DEEPEST:
        raise Invalid(_("The form could not be read."))
    for step in path[:-1]:
        below = tree.setdefault(step, {})
        if not isinstance(below, dict):
            raise Invalid(_("The form could not be read."))
        tree = below
    tree[path[-1]] = value


def _lists(tree: Any) -> Any:
    """Turn `{"0": …, "1": …}` into lists, in the order of their numbers."""
    if not isinstance(tree, dict):
        return tree
    inner = {key: _lists(value) for key, value in tree.items()}
    if inner and all(key.isdecimal() and key.isascii() for key in inner):
        if len(inner) > LONGEST_LIST:
            raise Invalid(_("The form could not be read."))
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def fill(schema: type[M], payload: Payload) -> M:
    """The payload as `schema`. Raises Invalid naming every field that does not fit, in the reader's language."""
    try:
        return schema.model_validate(_without_nul(payload.data))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        errors: dict[str, str] = {}
        for detail in details:
            errors.setdefault(_field_of(detail), sentence(detail))
        raise Invalid.many(errors, _("Please check the marked fields.")) from error


def _field_of(detail: ErrorDetails) -> str:
    return ".".join(str(step) for step in detail["loc"] if not str(step).startswith("function-")) or "body"


def _without_nul(value: Any, path: str = "") -> Any:
    """PostgreSQL cannot store NUL, and lone surrogates are no text: refuse both where they stand."""
    match value:
        case str():
            if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
                raise Invalid(_("This contains characters that cannot be stored."), field=path or "body")
            return value
        case dict():
            return {k: _without_nul(v, f"{path}.{k}".lstrip(".")) for k, v in value.items()}
        case list():
            return [_without_nul(v, f"{path}.{n}") for n, v in enumerate(value)]
    return value


def sentence(detail: ErrorDetails) -> str:
    """One pydantic error as a sentence for the person who typed it."""
    facts: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return _("This field is needed.")
        case "string_too_long":
            return _("At most %(n)s characters.") % {"n": facts["max_length"]}
        case "string_too_short":
            return _("At least %(n)s characters.") % {"n": facts["min_length"]}
        case "too_long":
            return _("At most %(n)s entries.") % {"n": facts["max_length"]}
        case "too_short":
            return _("At least %(n)s entries.") % {"n": facts["min_length"]}
        case "greater_than":
            return _("Must be more than %(n)s.") % {"n": facts["gt"]}
        case "greater_than_equal":
            return _("Must be %(n)s or more.") % {"n": facts["ge"]}
        case "less_than":
            return _("Must be less than %(n)s.") % {"n": facts["lt"]}
        case "less_than_equal":
            return _("Must be %(n)s or less.") % {"n": facts["le"]}
        case "int_parsing" | "int_type" | "int_from_float":
            return _("Please enter a whole number.")
        case "decimal_parsing" | "decimal_type" | "finite_number":
            return _("Please enter a number.")
        case "decimal_max_places":
            return _("At most %(n)s decimals.") % {"n": facts["decimal_places"]}
        case "date_parsing" | "date_type" | "date_from_datetime_parsing" | "date_from_datetime_inexact":
            return _("Please enter a date, such as 2026-11-21.")
        case "enum" | "literal_error":
            return _("Please choose one of the offered values.")
        case "extra_forbidden":
            return _("There is no such field.")
        case "uuid_parsing" | "uuid_type":
            return _("This is not a valid reference.")
        case "value_error":
            cause = facts.get("error")
            return _("This is not a valid amount.") if isinstance(cause, MoneyError) else str(cause or detail["msg"])
    return _("This value does not fit here.")


def as_list(value: Any) -> Any:
    """One ticked box or one file of a form is a list too; text may part its entries by `;`."""
    if value is None:
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.replace("；", ";").replace(",", ";").split(";") if part.strip()]
    return value if isinstance(value, list | tuple) else [value]
