"""The sandbox's own tables: API objects as the documents the API shows, money beside them in columns."""

from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Float,
    Identity,
    Index,
    SmallInteger,
    Text,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Body = dict[str, Any]
PLATFORM = ""  # the account column of what belongs to the platform itself


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012
        str: Text,
        int: BigInteger,
        float: Float,
        Body: JSONB,
        datetime: DateTime(timezone=True),
    }


class Resource(Base):
    """One API object. `private` holds what the API does not show; `settles_at` when time alone moves it on."""

    __tablename__ = "resource"
    __table_args__ = (
        Index("resource_page", "account", "kind", "seq"),
        Index("resource_body", "body", postgresql_using="gin", postgresql_ops={"body": "jsonb_path_ops"}),
        Index("resource_settles", "settles_at", postgresql_where=text("settles_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account: Mapped[str]
    seq: Mapped[int] = mapped_column(Identity(), unique=True)
    created: Mapped[int]
    body: Mapped[Body]
    private: Mapped[Body] = mapped_column(server_default=text("'{}'"))
    settles_at: Mapped[int | None]

    def change(self, **fields: Any) -> None:
        """Set fields of the document."""
        self.body = {**self.body, **fields}


class Movement(Base):
    """One movement of an account's balance. `counted` once its purse includes it; append-only but for that mark."""

    __tablename__ = "movement"
    __table_args__ = (Index("movement_uncounted", "account", "currency", postgresql_where=text("NOT counted")),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    currency: Mapped[str]
    net: Mapped[int]
    available_on: Mapped[int]
    counted: Mapped[bool] = mapped_column(server_default=text("false"))


class Purse(Base):
    """The counted, available balance of one account in one currency; its row lock serialises spending."""

    __tablename__ = "purse"

    account: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    settled: Mapped[int] = mapped_column(server_default=text("0"))


class Answer(Base):
    """The answer given under an idempotency key, committed together with its effect."""

    __tablename__ = "answer"

    account: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str]
    request_id: Mapped[str]
    created: Mapped[int]


class Delivery(Base):
    """One event on its way to the webhook address. `leased_until` keeps two senders apart; lost leases expire.

    treated   whether the planned webhook faults have had their say
    mischief  `dropped`: never sent; `forged` or `stale`: sent once, with a signature that must be refused
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("delivery_due", "due_at", postgresql_where=text("delivered_at IS NULL")),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    event: Mapped[str]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    delivered_at: Mapped[datetime | None]
    treated: Mapped[bool] = mapped_column(server_default=text("false"))
    mischief: Mapped[str] = mapped_column(server_default=text("''"))


class Attempt(Base):
    """One try at a delivery, in the order of sending. `status` 0: nobody answered; `mischief` as in Delivery."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    delivery: Mapped[int]
    event: Mapped[str]
    at: Mapped[datetime]
    status: Mapped[int] = mapped_column(SmallInteger)
    mischief: Mapped[str] = mapped_column(server_default=text("''"))


class Plan:
    """A planned misbehaviour: which share of what matches it strikes, and how often still.

    share      0 to 1 of what matches
    seed       of the stream of random numbers behind the share: the same seed strikes the same ones again
    seen       how many matched so far
    remaining  how many it may still strike; None: until it is cleared
    """

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    share: Mapped[float] = mapped_column(server_default=text("1"))
    seed: Mapped[int] = mapped_column(server_default=text("0"))
    seen: Mapped[int] = mapped_column(server_default=text("0"))
    remaining: Mapped[int | None]

    @classmethod
    def waiting(cls) -> ColumnElement[bool]:
        """Whether it may still strike, for queries."""
        return or_(cls.remaining.is_(None), cls.remaining > 0)

    def strike(self) -> Random | None:
        """Whether the next that matches is struck; if so, the stream of random numbers for how."""
        if self.remaining == 0:
            return None
        self.seen += 1
        draw = Random(f"{self.seed}:{self.seen}")  # noqa: S311  repeatable on purpose
        if draw.random() >= self.share:
            return None
        if self.remaining is not None:
            self.remaining -= 1
        return draw


class RequestFault(Plan, Base):
    """A misbehaviour towards requests by `method` (`*`: any) whose path starts with `path`."""

    __tablename__ = "request_fault"

    method: Mapped[str]
    path: Mapped[str]


class WebhookFault(Plan, Base):
    """A misbehaviour in delivering events whose type starts with `event`.

    copies   how many a duplicated event becomes
    seconds  how long a delayed event waits, and within which time reordered events are shuffled
    """

    __tablename__ = "webhook_fault"

    event: Mapped[str]
    copies: Mapped[int] = mapped_column(server_default=text("2"))
    seconds: Mapped[float] = mapped_column(server_default=text("0"))
