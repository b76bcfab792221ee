import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import LARGEST_MINOR, Money
from orders.contracts.words import capital_numerals, cardinal, chinese, english

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
VALUES = {word: value for value, word in enumerate(SMALL.split(" "))}
VALUES |= {word: 10 * tens for tens, word in enumerate(TENS.split(" "), start=2)}
POWERS = ["thousand", "million", "billion", "trillion", "quadrillion", "quintillion"]
HAN = "零壹贰叁肆伍陆柒捌玖"
HAN_TENS = {"拾": 10, "佰": 100, "仟": 1000}


def read_english(text: str) -> int:
    """A reader of its own, so that writing and reading check each other."""
    total = group = 0
    for word in re.findall(r"[a-z]+", text.replace(" and ", " ")):
        if word == "hundred":
            group *= 100
        elif word in POWERS:
            total, group = total + group * 1000 ** (POWERS.index(word) + 1), 0
        else:
            group += VALUES[word]
    return total + group


def read_han(text: str) -> int:
    for mark, power in (("亿", 10**8), ("万", 10**4)):
        high, found, low = text.rpartition(mark)
        if found:
            return read_han(high) * power + read_han(low)
    total = digit = 0
    for character in text:
        if character in HAN_TENS:
            total, digit = total + digit * HAN_TENS[character], 0
        else:
            digit = HAN.index(character)
    return total + digit


@given(st.integers(0, LARGEST_MINOR))
def test_words_read_back_as_the_number(number: int) -> None:
    assert read_english(cardinal(number)) == number
    assert read_han(capital_numerals(number)) == number
    assert "零零" not in capital_numerals(number)
    assert number == 0 or not capital_numerals(number).endswith("零")


@pytest.mark.parametrize(
    ("amount", "currency", "in_english", "in_chinese"),
    [
        ("0", "JPY", "Japanese yen zero only", "日元零元整"),
        ("1005.50", "USD", "US dollars one thousand and five and 50/100 only", "美元壹仟零伍元伍角整"),
        ("21.05", "USD", "US dollars twenty-one and 05/100 only", "美元贰拾壹元零伍分"),
        ("0.05", "CNY", "Chinese yuan zero and 05/100 only", "人民币伍分"),
        ("100010000", "CNY", "Chinese yuan one hundred million ten thousand only", "人民币壹亿零壹万元整"),
        ("1.205", "KWD", "Kuwaiti dinars one and 205/1000 only", "科威特第纳尔壹元贰角零伍厘"),
        ("300", "EUR", "Euros three hundred only", "欧元叁佰元整"),
    ],
)
def test_amounts_as_contracts_write_them(amount: str, currency: str, in_english: str, in_chinese: str) -> None:
    money = Money.of(amount, currency)
    assert (english(money), chinese(money)) == (in_english, in_chinese)


@given(st.integers(0, 10**12), st.sampled_from(["USD", "JPY", "KWD"]))
def test_the_fraction_is_never_lost(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    fraction = f"{money.decimal:f}".partition(".")[2]
    written = re.search(r" and (\d+)/1", english(money))
    assert (written.group(1) if written else "0" * len(fraction)) == fraction
    below_yuan = chinese(money).rpartition("元")[2]
    digits = [f"{HAN[int(digit)]}{name}" for digit, name in zip(fraction, "角分厘", strict=False) if digit != "0"]
    assert re.findall(f"[{HAN[1:]}][角分厘]", below_yuan) == digits


def test_a_debt_is_not_put_in_words() -> None:
    for write in (english, chinese):
        with pytest.raises(ValueError, match="zero or more"):
            write(Money(-1, "USD"))
