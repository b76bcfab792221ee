"""Every language says everything: catalogues are fresh, whole, and keep the placeholders."""

import pytest

from app import translations
from app.core.i18n import DEFAULT, LOCALES, choose, format_money, format_price, speaking
from app.core.money import Money, UnitPrice


@pytest.mark.parametrize("locale", [code for code in LOCALES if code != DEFAULT])
def test_catalogue_is_complete(locale):
    assert translations.faults(locale) == []


@pytest.mark.parametrize("locale", [code for code in LOCALES if code != DEFAULT])
def test_every_text_survives_formatting(locale):
    """Templates format every text, so a bare percent sign would break its page."""

    class Anything(dict[str, object]):
        def __missing__(self, key: str) -> object:
            return 1

    for message in translations.load(locale):
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for text in texts:
            if message.id and "%" in str(text):
                assert text % Anything() is not None, message.id


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("de-DE,en;q=0.5", "en"),
        ("fr", "en"),
        ("", "en"),
        ("zh-Hans", "zh-Hans"),
        (";;;,,", "en"),
    ],
)
def test_the_language_a_browser_asks_for(header, locale):
    assert choose(None, header) == locale


def test_amounts_carry_their_code_and_their_own_decimals():
    with speaking("en"):
        assert format_money(Money.of("1250.5", "USD")) == "USD\u00a01,250.50"
        assert format_money(Money(1250, "JPY")) == "JPY\u00a01,250"
        assert format_money(Money(1250, "KWD")) == "KWD\u00a01.250"
        assert format_price(UnitPrice.of("0.004250", "USD")) == "USD\u00a00.00425"
    with speaking("zh-Hans"):
        assert format_money(Money.of("-3", "CNY")) == "-CNY\u00a03.00"
