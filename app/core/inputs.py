"""What a request brings, as a schema: its body or its query string, and how the OpenAPI document tells of it."""

from typing import Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.core import payload


class FromBody:
    """Dependency: the payload as `schema`."""

    def __init__(self, schema: type[BaseModel]) -> None:
        self.schema = schema

    async def __call__(self, request: Request) -> BaseModel:
        return payload.fill(self.schema, await payload.read(request))

    def documented(self) -> dict[str, Any]:
        schema = _inlined(TypeAdapter(self.schema).json_schema())
        needed = [schema.get("properties", {})[name] for name in schema.get("required", ())]
        kinds = ["application/json"] * (not _has_file(needed)) + ["multipart/form-data"] * _has_file(schema)
        return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}}


def Submitted(schema: type[BaseModel]) -> Any:  # noqa: N802  reads as a type in `Annotated[ProductIn, Submitted(ProductIn)]`
    return Depends(FromBody(schema))


class FromAddress:
    """Dependency: the query string as `schema`, whose fields all have defaults.

    For pages asked so often that the framework's own reading would be felt: it looks at the schema anew each time.
    """

    def __init__(self, schema: type[BaseModel]) -> None:
        self.schema = schema
        self._properties: dict[str, Any] = _inlined(TypeAdapter(schema).json_schema())["properties"]
        self._lists = {name for name, field in self._properties.items() if field.get("type") == "array"}

    async def __call__(self, request: Request) -> BaseModel:
        """Raises RequestValidationError."""
        values: dict[str, Any] = {}
        for name, value in request.query_params.multi_items():
            if name in self._lists:
                values.setdefault(name, []).append(value)
            else:
                values[name] = value
        try:
            return self.schema.model_validate(values)
        except ValidationError as error:
            raise RequestValidationError([{**d, "loc": ("query", *d["loc"])} for d in error.errors()]) from error

    def documented(self) -> dict[str, Any]:
        asked = [{"name": name, "in": "query", "required": False, "schema": s} for name, s in self._properties.items()]
        return {"parameters": asked}


def Addressed(schema: type[BaseModel]) -> Any:  # noqa: N802  as Submitted
    return Depends(FromAddress(schema))


def _inlined(schema: Any, definitions: dict[str, Any] | None = None) -> Any:
    """A JSON schema with its `$defs` put where they are referred to: it then stands alone in the OpenAPI document."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    known = schema.get("$defs", definitions or {})
    if "$ref" in schema:
        target = known[schema["$ref"].rsplit("/", 1)[-1]]
        return _inlined(target, known) | {k: v for k, v in schema.items() if k != "$ref"}
    return {key: _inlined(value, known) for key, value in schema.items() if key != "$defs"}


def _has_file(schema: Any) -> bool:
    """Whether a body of this JSON schema has a file somewhere, which only a form can send."""
    if isinstance(schema, list):
        return any(map(_has_file, schema))
    return isinstance(schema, dict) and (schema.get("format") == "binary" or any(map(_has_file, schema.values())))
