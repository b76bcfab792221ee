"""Reference rates of the demo world: invented, near what they were, one set for each working day of its two years."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.rates import WEEKEND
from payments.rates import reading, service

SOURCE = "DEMO"
OF_THE_EURO = {
    "USD": Decimal("1.1172"),
    "CNY": Decimal("7.4326"),
    "GBP": Decimal("0.8721"),
    "HKD": Decimal("8.6945"),
    "JPY": Decimal("175.68"),
    "KRW": Decimal("1622.95"),
}
SWAYS = 29  # working days of one sway up and down
WIDTH = 20_000  # one part in so many, for each day away from the middle


async def publish(tx: AsyncSession, first: date, last: date) -> None:
    """Take over the rates of every working day from `first` to `last`."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    lines = [
        f"{day},EUR,{quote},{_swayed(rate, number + place)},{SOURCE}"
        for number, day in enumerate(day for day in days if day.weekday() < WEEKEND)
        for place, (quote, rate) in enumerate(OF_THE_EURO.items())
    ]
    text = "\n".join([",".join(reading.COLUMNS), *lines])
    await service.load(tx, reading.read(text.encode()), correct=False, by=None)


def _swayed(rate: Decimal, step: int) -> Decimal:
    """The rate a little above or below, the same for the same step, to the digits it is written with."""
    away = abs(step % (2 * SWAYS) - SWAYS) - SWAYS // 2
    return (rate + rate * away / WIDTH).quantize(rate)
