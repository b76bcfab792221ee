"""The OpenAPI document of /api/v1 is sound, and nothing that fits it, or nearly fits it, is answered with a 5xx."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from httpx import AsyncClient
from hypothesis import HealthCheck, Phase, Verbosity, given, seed
from hypothesis import settings as bounds
from hypothesis.errors import Unsatisfiable
from jsonschema_rs import meta
from schemathesis import APIOperation, Case
from schemathesis.generation import GenerationMode

from tests.factories.people import make_key
from tests.factories.world import World, make_world
from tests.fakes import FakeGateway

METHODS = {"get", "put", "post", "delete"}
EXAMPLES = 2  # of each operation and asker, half of them with objects that are there
BOUNDED = bounds(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def parts(value: Any, name: str) -> Iterator[Any]:
    """Everything in the document that stands under this key."""
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for inner in value.values():
            yield from parts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from parts(inner, name)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method.upper()} {path}", item[method]


def test_every_reference_leads_somewhere(document):
    for reference in parts(document, "$ref"):
        assert reference.startswith("#/"), reference
        target = document
        for step in reference[2:].split("/"):
            assert step in target, f"{reference} leads nowhere"
            target = target[step]


def test_every_schema_is_one(document):
    assert document["openapi"].startswith("3.1")
    schemas = [*document["components"]["schemas"].values(), *(s for s in parts(document["paths"], "schema"))]
    assert len(schemas) > 100
    for schema in schemas:
        meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})


def test_operations_are_named_once_and_explained(document):
    said = dict(operations(document))
    names = [operation["operationId"] for operation in said.values()]
    assert len(names) == len(set(names)) > 80
    silent = [name for name, operation in said.items() if not operation.get("description")]
    assert silent == []


def cases(operation: APIOperation, mode: GenerationMode) -> list[Case]:
    """A few requests, the same in every run."""
    found: list[Case] = []

    @seed(20261121)
    @BOUNDED
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        found.append(case)

    with suppress(Unsatisfiable):  # nothing is wrong to ask of an operation that takes nothing
        collect()
    return found


async def send(http: AsyncClient, case: Case, parameters: dict[str, str]) -> int:
    """Every second request names objects that are there, so that its body is read to the end."""
    request = case.as_transport_kwargs(base_url="http://test/api/v1")
    request.pop("cookies", None)
    path = case.operation.path.format_map({**(case.path_parameters or {}), **parameters}) if parameters else None
    url = f"/api/v1{path}" if path else request["url"]
    answer = await http.request(
        request["method"],
        url,
        params=request.get("params"),
        headers={k: v for k, v in (request.get("headers") or {}).items() if k.lower() == "content-type"},
        content=request.get("data"),
        json=request.get("json"),
    )
    return answer.status_code


@pytest.mark.parametrize("who", ["supplier owner", "staff admin"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
async def test_nothing_is_answered_with_a_5xx(app, db, client, document, who, mode):
    world: World = await make_world(app)
    app.state.jobs = replace(app.state.jobs, gateway=FakeGateway())
    app.state.settings = app.state.settings.model_copy(update={"stripe_api_base": "http://127.0.0.1:1"})
    key = await make_key(db, world.actors[who])
    schema = schemathesis.openapi.from_dict(document)
    broken: list[str] = []
    async with client(key=key) as http:
        for result in schema.get_all_operations():
            operation = result.ok()
            for number, case in enumerate(await asyncio.to_thread(cases, operation, mode)):
                status = await send(http, case, world.parameters if number % 2 else {})
                if status >= 500:
                    broken.append(f"{status} {case.as_curl_command()}")
    assert broken == []
