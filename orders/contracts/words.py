"""Amounts in words, as contracts and invoices carry them beside the figures, in English and Chinese."""

from babel.numbers import get_currency_name

from app.core.money import Money, exponent

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = (
    (10**18, "quintillion"),
    (10**15, "quadrillion"),
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (10**3, "thousand"),
    (10**2, "hundred"),
)
_HAN_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_HAN_SCALES = ((10**8, "亿"), (10**4, "万"), (10**3, "仟"), (10**2, "佰"), (10, "拾"))
_HAN_FRACTIONS = "角分厘毫"


def english(amount: Money) -> str:
    """`US dollars one thousand and five and 50/100 only`. Raises ValueError for a negative amount."""
    whole, fraction = _parts(amount)
    name = get_currency_name(amount.currency, count=2, locale="en")
    scale = 10 ** exponent(amount.currency)
    cents = f" and {fraction:0{exponent(amount.currency)}d}/{scale}" if fraction else ""
    return f"{name[0].upper()}{name[1:]} {cardinal(whole)}{cents} only"


def chinese(amount: Money) -> str:
    """`美元壹仟零伍元伍角整`, in numerals that cannot be altered. Raises ValueError for a negative amount."""
    whole, fraction = _parts(amount)
    name = get_currency_name(amount.currency, locale="zh")
    yuan = f"{capital_numerals(whole)}元" if whole or not fraction else ""
    digits = f"{fraction:0{exponent(amount.currency)}d}" if fraction else ""
    return f"{name}{yuan}{_fraction(digits, after_yuan=bool(yuan))}"


def cardinal(number: int) -> str:
    """A natural number below 10^21 in English words: 1005 is `one thousand and five`."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_SMALL[ones]}" if ones else "")
    power, name = next((p, n) for p, n in _SCALES if number >= p)
    high, low = divmod(number, power)
    joint = " and " if low < 100 else " "
    return f"{cardinal(high)} {name}" + (f"{joint}{cardinal(low)}" if low else "")


def capital_numerals(number: int) -> str:
    """A natural number in Chinese financial numerals: 10005 is `壹万零伍`. A gap of zeros is said once."""
    if number < 10:
        return _HAN_DIGITS[number]
    power, name = next((p, n) for p, n in _HAN_SCALES if number >= p)
    high, low = divmod(number, power)
    gap = "零" if 0 < low < power // 10 else ""
    return f"{capital_numerals(high)}{name}{gap}" + (capital_numerals(low) if low else "")


def _fraction(digits: str, *, after_yuan: bool) -> str:
    """The part below one yuan: zeros between words are said once, none begins it, and 整 closes a round amount."""
    said, gap = "", False
    for digit, name in zip(digits, _HAN_FRACTIONS, strict=False):
        if digit == "0":
            gap = True
            continue
        zero = "零" if gap and (said or after_yuan) else ""
        said, gap = f"{said}{zero}{_HAN_DIGITS[int(digit)]}{name}", False
    return f"{said}整" if gap or not digits else said


def _parts(amount: Money) -> tuple[int, int]:
    if amount.minor < 0:
        raise ValueError("only amounts of zero or more are put in words")
    scale: int = 10 ** exponent(amount.currency)
    return divmod(amount.minor, scale)
