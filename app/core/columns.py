"""Column helpers, so that every table says the same thing the same way."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, DateTime, ForeignKey, Numeric, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Composite, MappedColumn, composite, mapped_column

from app.core import clock
from app.core.ids import new_id
from app.core.money import Money, UnitPrice


def pk() -> MappedColumn[UUID]:
    """A UUIDv7 primary key, known before the row is written."""
    return mapped_column(Uuid, primary_key=True, default=new_id)


def ref(target: str, *, nullable: bool = False, index: bool = True, unique: bool = False) -> MappedColumn[Any]:
    """A foreign key by name, such as `ref("organisation.id")`; never followed by a relationship across domains."""
    return mapped_column(Uuid, ForeignKey(target, ondelete="RESTRICT"), nullable=nullable, index=index, unique=unique)


def moment(*, nullable: bool = False) -> MappedColumn[Any]:
    """A point in time with its zone."""
    return mapped_column(DateTime(timezone=True), nullable=nullable)


def created() -> MappedColumn[datetime]:
    return mapped_column(DateTime(timezone=True), nullable=False, default=clock.now)


def jsonb(*, nullable: bool = False) -> MappedColumn[Any]:
    return mapped_column(JSONB, nullable=nullable)


def money(name: str, *, nullable: bool = False) -> Composite[Money]:
    """Two columns, `<name>_minor` BIGINT and `<name>_currency` CHAR(3), read and written as one Money.

    A nullable amount is null in both columns; the CHECK beside it is made by `money_check`.
    """
    return composite(
        _money_or_none,
        mapped_column(f"{name}_minor", BigInteger, nullable=nullable),
        mapped_column(f"{name}_currency", CHAR(3), nullable=nullable),
    )


def unit_price(name: str, *, nullable: bool = False) -> Composite[UnitPrice]:
    """Two columns, `<name>_amount` NUMERIC(18,6) and `<name>_currency` CHAR(3), read and written as one UnitPrice."""
    return composite(
        _price_or_none,
        mapped_column(f"{name}_amount", Numeric(18, 6), nullable=nullable),
        mapped_column(f"{name}_currency", CHAR(3), nullable=nullable),
    )


def _money_or_none(minor: Any, currency: Any) -> Any:
    return None if minor is None else Money(minor, currency)


def _price_or_none(amount: Any, currency: Any) -> Any:
    return None if amount is None else UnitPrice(amount, currency)
