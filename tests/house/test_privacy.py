"""Every column that can hold something about a person is classified, and what is sensitive is sealed."""

import sqlalchemy as sa

from app.tables import metadata
from trust.privacy.columns import Level, columns
from trust.privacy.purposes import REGISTER, in_force
from trust.retention.classes import CLASSES

TEXT = (sa.String, sa.LargeBinary, sa.JSON, sa.ARRAY, sa.types.TypeDecorator)


def holding_text() -> set[tuple[str, str]]:
    tables = metadata.tables.values()
    return {(table.name, column.name) for table in tables for column in table.columns if isinstance(column.type, TEXT)}


def test_every_column_that_holds_text_is_classified_once():
    said = [(one.table, one.name) for one in columns()]
    assert len(said) == len(set(said))
    assert holding_text() - set(said) == set(), "say in trust/privacy/columns.txt what these are"
    assert set(said) - holding_text() == set(), "these are gone"


def test_what_is_sensitive_lies_sealed():
    """Sealed bytes, or a one-way mark of them; no text."""
    types = {(t.name, c.name): c.type for t in metadata.tables.values() for c in t.columns}
    open_ = [
        (one.table, one.name)
        for one in columns()
        if one.level is Level.SENSITIVE and not isinstance(types[one.table, one.name], sa.LargeBinary)
    ]
    assert open_ == []


def test_what_is_secret_is_a_mark_a_hash_or_sealed():
    types = {(t.name, c.name): c.type for t in metadata.tables.values() for c in t.columns}
    text = {
        (one.table, one.name)
        for one in columns()
        if one.level is Level.SECRET and not isinstance(types[one.table, one.name], sa.LargeBinary)
    }
    # argon2id of passwords, and the first signs of a key by which its owner knows it
    assert text == {("member", "password_hash"), ("registration", "password_hash"), ("api_key", "hint")}


def test_every_column_is_kept_for_a_purpose_of_the_register():
    known = {purpose.code for purpose in in_force()}
    assert {one.purpose for one in columns()} <= known


def test_the_register_names_periods_that_exist_and_versions_that_follow_one_another():
    keys = {kind.key for kind in CLASSES}
    for purpose in REGISTER:
        assert set(purpose.retention) <= keys, purpose.code
    numbered = {(purpose.code, purpose.version) for purpose in REGISTER}
    assert len(numbered) == len(REGISTER)
    assert all(version == 1 or (code, version - 1) in numbered for code, version in numbered)


DIGESTS = {
    "storefront_contact": "3085a8501320cc447847dfa508faa9b940006ca496c7932088c3fb3917a73ba8",
    "identity_documents": "536d43d6b91d3d4a3dd75ef5d277df6900eb17c7ffd1cfdda4af4afae6043604",
    "bank_account": "23e55a3b69d4063252ed584c4fc6fc82d5fe782f88e691c0f94ab57c22bc4e7a",
}


def test_nobody_changes_the_words_of_a_consent_without_another_version():
    """Consents refer to these words by their hash."""
    assert {one.code: one.digest for one in REGISTER if one.code in DIGESTS and one.version == 1} == DIGESTS
