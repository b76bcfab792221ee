"""The statement of an order's money, as JSON."""

from datetime import datetime

from pydantic import BaseModel

from app.core.money import Money
from payments.queries import StatementLine


class StatementOut(BaseModel):
    """One movement: `change` is what it did to the money held, `held` what is held afterwards."""

    at: datetime
    text: str
    part: str
    amount: Money
    change: Money
    held: Money

    @classmethod
    def of(cls, line: StatementLine) -> "StatementOut":
        return cls(**{name: getattr(line, name) for name in cls.model_fields})
