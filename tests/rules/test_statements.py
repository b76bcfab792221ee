"""Reading statements and judging their lines, without a database: banks' habits, and files that mean harm."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import LARGEST_MINOR, Money
from payments.errors import StatementRefused
from payments.escrow.reference import grouped, reference_for
from payments.names import same_company
from payments.operations.states import OperationKind
from payments.runs.pain import end_to_end_id
from payments.statements import camt
from payments.statements.camt import Foot, Head
from payments.statements.entry import Line
from payments.statements.matching import references_in
from payments.statements.words import RETURN_REASONS, return_reason
from tests.factories.money import usd
from tests.factories.statements import Entry, statement

DOCUMENT = statement(Entry(Money.of("5", "USD"), text="x")).decode()


def lines(data: bytes) -> list[Line]:
    return [part for part in camt.read(data) if isinstance(part, Line)]


@pytest.mark.parametrize("version", ["02", "08"])
@pytest.mark.parametrize("opens", ["OPBD", "PRCD"])
def test_both_versions_and_both_ways_to_open(version: str, opens: str) -> None:
    entry = Entry(usd("12.50"), reference="RF18 5390", text="two  words", end_to_end="E-1", name="Müller & Söhne")
    head, line, foot = camt.read(statement(entry, opening=-100, version=version, opens=opens, sequence=3))
    assert isinstance(head, Head)
    assert (head.opening, head.closing, head.sequence) == (-usd("1"), usd("11.50"), 3)
    assert isinstance(line, Line)
    assert (line.amount, line.direction, line.number) == (usd("12.50"), "credit", 1)
    said = line.detail
    assert (said.reference, said.remittance, said.end_to_end) == ("RF18 5390", "two words", "E-1")
    assert (said.name, said.account, said.bank_code) == ("Müller & Söhne", "DE02120300000000202051", "BYLADEM1001")
    assert said.code == "PMNT/RCDT/ESCT"
    assert foot == Foot(1)


def test_what_is_pending_or_nothing_is_passed_over() -> None:
    pending = replace(Entry(usd("5")), status="PDNG")
    assert lines(statement(pending, Entry(usd("0")), Entry(usd("1")), closing=100))[0].amount == usd("1")


def test_a_bank_s_envelope_and_other_prefixes_do_not_matter() -> None:
    body = DOCUMENT.partition("?>")[2]
    wrapped = f'<?xml version="1.0"?><e:Envelope xmlns:e="urn:bank"><e:Body>{body}</e:Body></e:Envelope>'
    assert len(lines(wrapped.encode())) == 1
    assert len(lines(DOCUMENT.replace("UTF-8", "UTF-16").encode("utf-16"))) == 1
    assert len(lines(b"\xef\xbb\xbf" + DOCUMENT.encode())) == 1


def batch(*amounts: str, whole: str) -> bytes:
    """One entry with several transactions."""
    details = "".join(
        f"<TxDtls><Refs><PmtInfId>B1</PmtInfId><EndToEndId>E{n}</EndToEndId></Refs>"
        f"<Amt Ccy='USD'>{amount}</Amt></TxDtls>"
        for n, amount in enumerate(amounts)
    )
    entry = (
        f"<Ntry><Amt Ccy='USD'>{whole}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>2026-11-20</Dt></BookgDt><NtryDtls>{details}</NtryDtls></Ntry></Stmt>"
    )
    return statement(closing=usd(whole).minor).replace(b"</Stmt>", entry.encode())


def test_a_collective_entry_is_as_many_lines_as_it_adds_up_to() -> None:
    assert [line.amount for line in lines(batch("1.00", "2.00", whole="3.00"))] == [usd("1"), usd("2")]
    assert [line.detail.end_to_end for line in lines(batch("1.00", "2.00", whole="3.00"))] == ["E0", "E1"]
    (alone,) = lines(batch("1.00", "2.00", whole="4.00"))
    assert (alone.amount, alone.detail.end_to_end, alone.detail.batch) == (usd("4"), "", "B1")


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>", "CdtDbtInd"),
        ("<BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-20</Dt></ValDt>", "", "BookgDt"),
        ('<Ntry><Amt Ccy="USD">5.00</Amt>', '<Ntry><Amt Ccy="USD">five</Amt>', "Amt"),
        ('<Ntry><Amt Ccy="USD">5.00</Amt>', '<Ntry><Amt Ccy="USD">5.001</Amt>', "Amt"),
        ('<Ntry><Amt Ccy="USD">5.00</Amt>', '<Ntry><Amt Ccy="USD">-5.00</Amt>', "Amt"),
        ('<Ntry><Amt Ccy="USD">5.00</Amt>', '<Ntry><Amt Ccy="USD">92233720368547758.08</Amt>', "Amt"),
        ('<Ntry><Amt Ccy="USD">5.00</Amt>', '<Ntry><Amt Ccy="XXX">5</Amt>', "Amt"),
        ("<Cd>CLBD</Cd>", "<Cd>ITBD</Cd>", "CLBD"),
        ("<Cd>OPBD</Cd>", "<Cd>ITBD</Cd>", "OPBD"),
        ("<IBAN>DE89370400440532013000</IBAN>", "", "Acct"),
        ("<Stmt><Id>", "<Stmt><No>", "well-formed"),
        ("</Ntry>", "</Entry>", "well-formed"),
        ('encoding="UTF-8"', 'encoding="KLINGON"', r"encoding|well-formed"),
    ],
)
def test_what_is_malformed_is_named(before: str, after: str, why: str) -> None:
    assert before in DOCUMENT
    with pytest.raises(StatementRefused, match=why):
        list(camt.read(DOCUMENT.replace(before, after).encode()))


@pytest.mark.parametrize("cut", [100, 400, 900, -1, -30])
def test_a_truncated_file_says_so(cut: int) -> None:
    with pytest.raises(StatementRefused, match=r"breaks off|There is no statement"):
        list(camt.read(DOCUMENT.encode()[:cut]))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1/evil.dtd">',
    ],
)
def test_entities_and_document_types_are_not_even_read(declared: str) -> None:
    harm = DOCUMENT.replace("?>\n", f"?>\n{declared}", 1).replace("<Ustrd>x<", "<Ustrd>&l9;<")
    with pytest.raises(StatementRefused, match="document type"):
        list(camt.read(harm.encode()))


def test_no_nesting_and_no_length_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StatementRefused, match="nested"):
        list(camt.read(DOCUMENT.replace("<Ustrd>x", "<Ustrd>" + "<a>" * 60).encode()))
    with pytest.raises(StatementRefused, match="longer"):
        list(camt.read(DOCUMENT.replace("<Ustrd>x", "<Ustrd>" + "<a/>" * 60_000).encode()))
    monkeypatch.setattr(camt, "MOST_BYTES", 1000)
    with pytest.raises(StatementRefused, match="larger"):
        list(camt.read(DOCUMENT.encode()))


def test_amounts_at_the_edge_of_what_a_column_holds() -> None:
    edge = Entry(Money(LARGEST_MINOR, "USD"))
    assert lines(statement(edge))[0].amount.minor == LARGEST_MINOR
    with pytest.raises(StatementRefused, match="add up"):
        list(camt.read(statement(edge, Entry(usd("1")), closing=0)))


@given(st.uuids(), st.sampled_from([" ", "-", ".", "/", "", "  "]), st.text(alphabet="abc XYZ,:", max_size=20))
def test_a_reference_is_found_in_any_writing(id_, separator: str, around: str) -> None:
    reference = reference_for(id_)
    typed = grouped(reference).replace(" ", separator)
    for words in (typed, typed.lower(), f"{around} {typed} {around}", f"{around}:{typed}, 2026-11-20"):
        assert references_in(words) == (reference,)


@given(st.uuids(), st.integers(2, 21))
def test_a_reference_with_one_wrong_digit_is_none(id_, place: int) -> None:
    reference = reference_for(id_)
    wrong = reference[:place] + str((int(reference[place]) + 1) % 10) + reference[place + 1 :]
    assert references_in(f"payment {wrong}") == ()


SAME = [
    ("HANSA IMPORT GMBH", "Hansa Import"),
    ("Müller & Söhne GmbH & Co. KG", "MUELLER SOEHNE GMBH U. CO KG"),
    ("Rossi S.r.l.", "ROSSI SRL"),
    ("Ｓｈｅｎｚｈｅｎ Lantern Co., Ltd.", "SHENZHEN LANTERN COMPANY LIMITED"),
    ("深圳市灯笼有限公司", "深圳市灯笼有限责任公司"),
    ("NORDDEUTSCHE HANDELSGESELLSCHAFT FUER", "Norddeutsche Handelsgesellschaft fuer Import GmbH"),
]
OTHERS = [
    ("Hansa Imports", "Hansa Import"),
    ("Smith Ltd", "AB Smith Ltd"),
    ("", "Hansa"),
    ("GmbH", "AG"),
    ("Hansa", ""),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_company_in_other_letters(one: str, other: str) -> None:
    assert same_company(one, [other])


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_a_similar_name_is_another_company(one: str, other: str) -> None:
    assert not same_company(one, [other])


def keys() -> Iterator[tuple[OperationKind, str]]:
    for kind in (OperationKind.PAY_OUT, OperationKind.REFUND, OperationKind.RETURN):
        for part in (uuid4(), uuid4()):
            for number in (1, 2, 99, 100, 12345):
                yield kind, f"{kind}:{part}:{number}"


def test_every_operation_has_its_own_short_id() -> None:
    made = [end_to_end_id(kind, key) for kind, key in keys()]
    assert len(set(made)) == len(made)
    assert all(len(id_) <= 35 and id_.isascii() and id_.isalnum() for id_ in made)


def test_reasons_of_return_are_told_in_words() -> None:
    assert return_reason("AC04") == "the account is closed. (AC04)"
    assert return_reason("beneficiary refused") == "beneficiary refused"
    assert return_reason("") == "the bank gives no reason."
    assert all(len(code) == 4 for code in RETURN_REASONS)
