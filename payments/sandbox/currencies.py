"""Stripe's currencies and how it counts their minor units (docs.stripe.com/currencies)."""

from payments.sandbox.errors import ApiError

_ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE_DECIMAL = "bhd jod kwd omr tnd"
_WHOLE_ONLY = "isk ugx"
_TWO_DECIMAL = """
usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk
dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr
lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd sar
sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah uyu uzs wst xcd yer zar zmw
"""
ZERO_DECIMAL = frozenset(_ZERO_DECIMAL.split())
THREE_DECIMAL = frozenset(_THREE_DECIMAL.split())
WHOLE_ONLY = frozenset(_WHOLE_ONLY.split())  # written with two decimals that must be zero
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | WHOLE_ONLY | frozenset(_TWO_DECIMAL.split())
SMALLEST = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
MOST_DIGITS = {"idr": 12}
USUAL_DIGITS = 8


def exponent(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def plain(amount: int, currency: str) -> str:
    """`1250.00`."""
    places = exponent(currency)
    whole, rest = divmod(abs(amount), 10**places)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"


def shown(amount: int, currency: str) -> str:
    """`1250.00 usd`, for messages."""
    return f"{plain(amount, currency)} {currency}"


def check(amount: int, currency: str) -> None:
    """An amount that Stripe would take in this currency: a multiple of its step."""
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_ONLY else 1
    if amount % step:
        raise ApiError(
            f"Invalid {currency} amount: must be evenly divisible by {step}.",
            code="parameter_invalid_integer",
            param="amount",
        )


def check_payment(amount: int, currency: str) -> None:
    """An amount that can be charged: neither below the smallest nor above the largest of its currency."""
    check(amount, currency)
    smallest, digits = SMALLEST.get(currency, 1), MOST_DIGITS.get(currency, USUAL_DIGITS)
    if amount < smallest:
        raise ApiError(f"Amount must be at least {shown(smallest, currency)}", code="amount_too_small", param="amount")
    if amount >= 10**digits:
        raise ApiError(
            f"Amount must be no more than {shown(10**digits - 1, currency)}",
            code="amount_too_large",
            param="amount",
        )


def fee(amount: int, currency: str) -> int:
    """Stripe's usual card price: 2.9 % and 30 cents (in currencies that have cents), rounded half up."""
    fixed = 3 * 10 ** (exponent(currency) - 1) if exponent(currency) else 0
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_ONLY else 1
    price = (amount * 29 + 500) // 1000 + fixed
    return min(amount, (price + step // 2) // step * step)


def dispute_fee(currency: str) -> int:
    """Stripe's usual price of a chargeback, 15 dollars, in the currency's like."""
    return 15_000 if currency in THREE_DECIMAL else 1_500
