"""The vault with several keys: the first seals, all open, marks stay; and which keys the settings let in."""

import os
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.config import DEVELOPMENT_SECRET, Settings
from app.core.crypto import KEY_ID, Unsealable, Vault, key_id

FIRST, SECOND, THIRD = (f"a key of this test, number {n}, long enough" for n in (1, 2, 3))
PRODUCTION = {
    "environment": "production",
    "secret_key": "s" * 40,
    "stripe_secret_key": "sk_live_1",
    "stripe_webhook_secret": "whsec_1",
    "smtp_url": "smtps://mail.example",
    "base_url": "https://trade.example",
}


def test_the_first_key_seals_and_every_key_opens():
    before = Vault(FIRST).seal("6217 0012", "account:1")
    vault = Vault(SECOND, older=[FIRST])
    assert vault.open(before, "account:1") == "6217 0012"
    after = vault.seal("6217 0012", "account:1")
    assert after[:KEY_ID] == vault.current == key_id(SECOND)
    assert vault.ids == (key_id(SECOND), key_id(FIRST))
    with pytest.raises(Unsealable):
        Vault(FIRST).open(after, "account:1")


def test_what_is_sealed_anew_opens_with_the_new_key_alone_and_stays_as_long():
    sealed = Vault(FIRST).seal_bytes(b"\x00\xff" * 300, "file:1")
    again = Vault(SECOND, older=[FIRST]).resealed(sealed, "file:1")
    assert Vault(SECOND).open_bytes(again, "file:1") == b"\x00\xff" * 300
    assert len(again) == len(sealed)
    assert again != sealed


@pytest.mark.parametrize("context", ["account:2", ""])
def test_another_context_does_not_open_and_is_not_sealed_anew(context):
    sealed = Vault(FIRST).seal("6217 0012", "account:1")
    with pytest.raises(Unsealable):
        Vault(SECOND, older=[FIRST]).resealed(sealed, context)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:3], lambda b: b[:6], lambda b: b[:20], lambda b: b[:-1] + bytes([b[-1] ^ 1])]
)
def test_what_was_changed_or_cut_does_not_open(damage):
    sealed = damage(Vault(FIRST).seal("6217 0012", "account:1"))
    with pytest.raises(Unsealable):
        Vault(FIRST).open(sealed, "account:1")


def test_an_unknown_key_is_named_as_such():
    with pytest.raises(Unsealable, match="unknown key"):
        Vault(SECOND, older=[THIRD]).open(Vault(FIRST).seal("x", "c"), "c")


def test_marks_stay_when_keys_change():
    old = Vault(FIRST).mark("anna@example.org", "email")
    assert Vault(SECOND, older=[FIRST], marking=FIRST).mark("anna@example.org", "email") == old
    assert Vault(SECOND).mark("anna@example.org", "email") != old


def test_a_vault_has_no_key_twice():
    with pytest.raises(ValueError, match="equal"):
        Vault(FIRST, older=[SECOND, FIRST])


def made(**said: Any) -> Settings:
    return Settings(**PRODUCTION | said)


def test_without_keys_of_its_own_the_vault_is_as_it_always_was():
    vault, before = made().vault, Vault("s" * 40)
    assert vault.open(before.seal("x", "c"), "c") == "x"
    assert vault.mark("x", "c") == before.mark("x", "c")


def test_keys_of_its_own_leave_the_marks_alone():
    vault = made(vault_keys=[SECOND, "s" * 40]).vault
    assert vault.ids == (key_id(SECOND), key_id("s" * 40))
    assert vault.mark("x", "c") == Vault("s" * 40).mark("x", "c")
    moved = made(vault_keys=[SECOND], secret_key=THIRD, mark_key="s" * 40).vault
    assert moved.mark("x", "c") == vault.mark("x", "c"), "another secret key, the same marks"


@pytest.mark.parametrize(
    "said",
    [
        {"vault_keys": [SECOND, "short"]},
        {"vault_keys": [SECOND, DEVELOPMENT_SECRET]},
        {"vault_keys": [SECOND, SECOND]},
        {"vault_keys": [SECOND, ""]},
        {"mark_key": "short"},
        {"mark_key": DEVELOPMENT_SECRET},
        {"secret_key": "short"},
    ],
)
def test_production_takes_no_weak_or_equal_keys(said):
    with pytest.raises(ValidationError, match="PORTOLAN_"):
        made(**said)


def test_keys_come_from_the_environment_as_a_list(monkeypatch):
    monkeypatch.setitem(os.environ, "PORTOLAN_VAULT_KEYS", f'["{SECOND}", "{FIRST}"]')
    assert Settings(environment="test").vault.ids == (key_id(SECOND), key_id(FIRST))
