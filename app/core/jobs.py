"""What runs in the background: jobs, reactions to events, and things done every so often.

A *job* takes ids, works in short transactions of its own and may be cut off and run again at any point. A *handler*
reacts to an event inside one transaction together with its own done-mark, so its effect happens exactly once.
Declaring one registers it; `app.wiring` imports every module that declares any.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import log
from app.core.config import Settings
from app.core.db import Database
from app.core.errors import DomainError

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound="Event")
logger = log.get("portolan.jobs")


@dataclass(frozen=True)
class Event:
    """Something that happened, in the past tense. Subclasses are frozen dataclasses of JSON-able fields."""

    @classmethod
    def event_name(cls) -> str:
        return f"{cls.__module__}.{cls.__qualname__}"


@dataclass(frozen=True)
class JobContext:
    """What a job may use. The adapters of outer services are put in by `app.wiring`."""

    db: Database
    settings: Settings
    mailer: Any = None
    files: Any = None
    reader: Any = None
    gateway: Any = None
    search: Any = None
    traffic: Any = None
    authority: Any = None
    timestamps: Any = ()

    async def tx(
        self,
        step: Callable[Concatenate[AsyncSession, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run one step in a transaction of its own, again when PostgreSQL says it lost a race."""
        return await self.db.retrying(lambda tx: step(tx, *args, **kwargs))

    async def each(self, step: Callable[[AsyncSession, UUID], Awaitable[object]], ids: Iterable[UUID]) -> None:
        """Run a step for each of several things, in transactions of their own: one that is refused, because its case
        changed meanwhile or something keeps it, is logged and keeps none of the others."""
        for id_ in ids:
            try:
                await self.tx(step, id_)
            except (DomainError, IntegrityError) as error:
                logger.warning("step.refused", step=step.__qualname__, id=str(id_), why=str(error))


@dataclass(frozen=True)
class JobSpec:
    name: str
    run: Callable[..., Awaitable[None]]
    arguments: type[BaseModel]
    event: type[Event] | None = None


@dataclass
class Registry:
    jobs: dict[str, JobSpec] = field(default_factory=dict)
    handlers: dict[str, list[str]] = field(default_factory=dict)
    periodic: dict[str, timedelta] = field(default_factory=dict)


registry = Registry()


def _name(fn: Callable[..., Any]) -> str:
    return f"{fn.__module__}.{fn.__qualname__}"


def job(
    fn: Callable[Concatenate[JobContext, P], Awaitable[None]],
) -> Callable[Concatenate[JobContext, P], Awaitable[None]]:
    """Declare a job. Its keyword arguments are typed, JSON-able, and validated again when it runs."""
    hints = get_type_hints(fn)
    parameters = list(inspect.signature(fn).parameters.values())[1:]
    fields: dict[str, Any] = {p.name: (hints[p.name], ... if p.default is p.empty else p.default) for p in parameters}
    model = create_model(fn.__qualname__, __config__=ConfigDict(extra="forbid"), **fields)
    registry.jobs[_name(fn)] = JobSpec(_name(fn), fn, model)
    return fn


def handler(
    event: type[E],
) -> Callable[[Callable[[AsyncSession, E], Awaitable[None]]], Callable[[AsyncSession, E], Awaitable[None]]]:
    """Declare a reaction to an event."""

    def declare(fn: Callable[[AsyncSession, E], Awaitable[None]]) -> Callable[[AsyncSession, E], Awaitable[None]]:
        name = _name(fn)
        registry.jobs[name] = JobSpec(name, fn, BaseModel, event)
        registry.handlers.setdefault(event.event_name(), []).append(name)
        return fn

    return declare


def every(
    **interval: float,
) -> Callable[[Callable[[JobContext], Awaitable[None]]], Callable[[JobContext], Awaitable[None]]]:
    """Declare a job without arguments that runs once per interval in the whole installation."""

    def declare(fn: Callable[[JobContext], Awaitable[None]]) -> Callable[[JobContext], Awaitable[None]]:
        job(fn)
        registry.periodic[_name(fn)] = timedelta(**interval)
        return fn

    return declare


_adapters: dict[type[Event], TypeAdapter[Any]] = {}


def _adapter(kind: type[Event]) -> TypeAdapter[Any]:
    """Kept, for making one costs far more than using it."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def dump_event(event: Event) -> dict[str, Any]:
    dumped: dict[str, Any] = _adapter(type(event)).dump_python(event, mode="json")
    return dumped


def load_event(kind: type[E], payload: dict[str, Any]) -> E:
    loaded: E = _adapter(kind).validate_python(payload)
    return loaded
