"""Files signed before the authority's keys were changed, and after, and in between: all of them are believed."""

from datetime import timedelta
from hashlib import sha256

import pytest
import typst
from click.testing import CliRunner
from cryptography import x509
from pyhanko.sign.timestamps import TimeStamper

from app.cli import main
from app.core import clock
from app.core.signing.authority import Authority, asn1
from app.core.signing.documents import Act, prepared, signed, timestamped
from app.core.signing.former import former, written
from app.core.signing.keys import LocalKeys
from app.core.signing.timestamps import stamps, timestampers
from tests.rules.test_signing import LI, PLACES, WEBER, check, sign_all

OLD = Authority(LocalKeys("the secret that was"))


@pytest.fixture
def left(tmp_path):
    file = tmp_path / "former.pem"
    file.write_bytes(written(asn1(OLD.root), OLD.last_revocations()))
    return file


@pytest.fixture
def new(left) -> Authority:
    return Authority(LocalKeys("the secret that is"), former=former(left))


@pytest.fixture(scope="module")
def document() -> bytes:
    return typst.compile(b'#set page("a4")\nArticle 1 #pagebreak() Signatures', pdf_standards="a-2b")


async def signed_by_the_old(document: bytes) -> bytes:
    one, two = timestampers(OLD)
    return (await sign_all(document, [one, two, one], OLD))[-1]


async def test_what_was_signed_before_is_believed_and_only_for_its_root(document, new):
    file = await signed_by_the_old(document)
    found = await check(file, authority=new)
    assert found.whole
    assert [s.holds for s in found.signatures] == [True] * 3
    without = await check(file, authority=Authority(LocalKeys("the secret that is")))
    assert [s.holds for s in without.signatures] == [False] * 3


async def test_it_is_believed_for_years_by_timestamps_of_the_new_one(document, new):
    file = await signed_by_the_old(document)
    start = clock.now()
    for year in (1, 2, 3):
        with clock.at(start + timedelta(360 * year)):
            file = await timestamped(file, new, stamper=timestampers(new)[0])
    with clock.at(start + timedelta(360 * 3 + 300)):
        found = await check(file, authority=new)
    assert found.whole
    assert [(s.holds, s.proven) for s in found.signatures] == [(True, True)] * 3


@pytest.mark.parametrize("before", [0, 1, 2])
async def test_a_file_may_be_signed_in_part_when_the_keys_change(document, new, before):
    file = prepared(document, PLACES)
    for number, (place, who) in enumerate(zip(PLACES, (LI, WEBER, None), strict=True)):
        by = OLD if number <= before else new
        credential = by.certify(who) if who else by.seal
        stamper: TimeStamper = timestampers(by)[0]
        file = await signed(
            file, Act(field=place.name, reason="", archive=who is None), credential, by, stamper=stamper
        )
    found = await check(file, authority=new)
    assert found.whole
    assert [s.holds for s in found.signatures] == [True] * 3


async def test_a_signature_without_a_timestamp_gets_it_from_the_new_one(document, new):
    file = (await sign_all(document, [None, None, None], OLD))[-1]
    file = await timestamped(file, new, stamper=timestampers(new)[1])
    tomorrow = clock.now() + timedelta(days=1)
    assert [(s.holds, s.proven) for s in (await check(file, at=tomorrow, authority=new)).signatures] == [
        (True, True)
    ] * 3


async def test_timestamps_of_the_log_are_believed_years_later(new):
    token = (await timestampers(OLD)[0].async_timestamp(sha256(b"root").digest(), "sha256")).dump()
    with clock.at(clock.now() + timedelta(days=3000)):
        assert await stamps(token, b"root", new)
        assert not await stamps(token, b"another", new)
        assert not await stamps(token, b"root", Authority(LocalKeys("the secret that is")))


def test_the_command_leaves_one_file_for_all_of_them(monkeypatch, tmp_path):
    """Twice changed, the last file has the authorities of both times."""
    run = CliRunner()
    first, second = tmp_path / "first.pem", tmp_path / "second.pem"
    monkeypatch.setenv("PORTOLAN_SECRET_KEY", "the secret that was")
    said = run.invoke(main, ["keys", "retire", str(first)])
    assert said.exit_code == 0
    assert [root.dump() for root in former(first).roots] == [asn1(OLD.root).dump()]
    monkeypatch.setenv("PORTOLAN_SECRET_KEY", "the secret that is")
    monkeypatch.setenv("PORTOLAN_FORMER_AUTHORITIES", str(first))
    assert run.invoke(main, ["keys", "retire", str(second)]).exit_code == 0
    new = Authority(LocalKeys("the secret that is"))
    assert [root.dump() for root in former(second).roots] == [asn1(OLD.root).dump(), asn1(new.root).dump()]
    assert len(former(second).revocations) == 4
    again = run.invoke(main, ["keys", "retire", str(second)])
    assert (again.exit_code, again.output) == (1, f"Error: {second}: File exists\n")


def test_a_file_that_is_something_else_is_refused(tmp_path):
    file = tmp_path / "former.pem"
    file.write_text("not PEM")
    with pytest.raises(ValueError, match="PEM"):
        former(file)
    file.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ValueError, match="PRIVATE KEY"):
        former(file)


def test_its_lists_are_made_anew_each_hour(new):
    def numbers() -> list[int]:
        return [
            x509.load_der_x509_crl(one.dump()).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
            for one in new.revocations()
        ]

    first = numbers()
    assert numbers() == first
    with clock.at(clock.now() + timedelta(hours=2)):
        assert all(later > earlier for later, earlier in zip(numbers(), first, strict=True))
    assert all(later < earlier + 7200 for later, earlier in zip(numbers(), first, strict=True))
