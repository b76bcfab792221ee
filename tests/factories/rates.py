"""Reference rates for tests: those of the ECB for the last days of October 2026, as its files give them."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from payments.rates import reading, service

FRIDAY = date(2026, 10, 30)
XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
  xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube><Cube time='2026-10-30'>
<Cube currency='USD' rate='1.1172'/><Cube currency='JPY' rate='175.68'/><Cube currency='CNY' rate='7.4326'/>
<Cube currency='KRW' rate='1622.95'/><Cube currency='HRK' rate='7.5345'/>
</Cube></Cube></gesmes:Envelope>
"""
DAILY = "Date, USD, JPY, CNY, KRW, HRK, \n30 October 2026, 1.1172, 175.68, 7.4326, 1622.95, N/A, \n"
HISTORY = "Date,USD,JPY,CNY,EEK,\n2026-10-30,1.1172,175.68,7.4326,N/A,\n2026-10-29,1.1170,175.10,7.4300,15.6466,\n"
OWN = "date,base,quote,rate,source,published_at\n2026-10-30,USD,KWD,0.30685,CBK,2026-10-30T12:00:00+03:00\n"


async def load_rates(tx: AsyncSession, text: str = XML, *, correct: bool = False) -> service.Plan:
    return await service.load(tx, reading.read(text.encode()), correct=correct, by=None)


def csv_of(day: date, **rates: str) -> str:
    """Our own CSV of euro rates by currency for one day."""
    lines = [f"{day},EUR,{quote},{rate},ECB" for quote, rate in rates.items()]
    return "\n".join(["date,base,quote,rate,source", *lines])


async def load_today(tx: AsyncSession, day: date) -> None:
    """The rates of Friday the 30th, as if they were those of `day`; with the three-decimal dinars."""
    await load_rates(
        tx, csv_of(day, USD="1.1172", JPY="175.68", CNY="7.4326", KRW="1622.95", KWD="0.34282", BHD="0.42119")
    )
