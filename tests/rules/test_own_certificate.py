"""A signatory's own certificate: opened when it can sign, refused with the reason otherwise."""

import pytest
import typst
from asn1crypto import pkcs12
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization import pkcs12 as files

from app.core import clock
from app.core.errors import Invalid
from app.core.signing.authority import Authority, asn1
from app.core.signing.checking import Anchors, examine
from app.core.signing.documents import Act, Field, prepared, signed, signed_by_own
from app.core.signing.keys import LocalKeys
from app.core.signing.own import FILE, PASSPHRASE, Described, opened
from tests.factories import certificates

AUTHORITY = Authority(LocalKeys("a secret of thirty-two characters"))


def refusal(file: bytes, passphrase: str = certificates.PASSPHRASE) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        opened(file, passphrase, at=clock.now())
    [(field, sentence)] = refused.value.errors.items()
    return field, sentence


def test_what_cannot_sign_is_refused_with_the_reason():
    own = certificates.own
    assert refusal(own(), "wrong")[0] == PASSPHRASE
    assert "expired on" in refusal(own(days=(-30, -1)))[1]
    assert "not valid yet" in refusal(own(days=(1, 30)))[1]
    assert "not for signatures" in refusal(own(signs=False))[1]
    assert "too weak" in refusal(own(key=rsa.generate_private_key(65537, 1024)))[1]  # noqa: S505  that is the point
    assert "too weak" in refusal(own(key=ec.generate_private_key(ec.SECP224R1())))[1]
    for junk in (b"", b"junk", b"0" * 200, own()[:-5]):
        assert refusal(junk)[0] == FILE
    empty = files.serialize_key_and_certificates(
        None, ed25519.Ed25519PrivateKey.generate(), None, None, BestAvailableEncryption(b"correct horse")
    )
    assert "no certificate" in refusal(empty)[1]


def test_a_file_cannot_keep_us_computing():
    file = pkcs12.Pfx.load(certificates.own())
    file["mac_data"]["iterations"] = 2**31
    assert "too long to open" in refusal(file.dump(force=True))[1]


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())],
    ids=["RSA", "P-384"],
)
async def test_it_holds_for_whom_it_was_written_down_and_by_the_seal(key):
    document = typst.compile(b'#set page("a4")\nArticle 1', pdf_standards="a-2b")
    places = [Field("Buyer", (50, 600, 545, 720)), Field("Seal", (50, 300, 545, 420))]
    own = opened(certificates.own(key=key, signs=None), certificates.PASSPHRASE, at=clock.now())
    file = await signed_by_own(prepared(document, places), Act(field="Buyer", reason=""), own)
    fingerprint = own.credential.certificate.fingerprint(SHA256()).hex()
    ours = Anchors([asn1(AUTHORITY.root)], AUTHORITY.others, AUTHORITY.revocations())

    stranger = (await examine(file, ours, at=clock.now())).by("Buyer")
    assert (stranger.holds, stranger.own, stranger.indication) == (False, False, "NO_CERTIFICATE_CHAIN_FOUND")
    pinned = Anchors(ours.roots, ours.others, ours.revocations, frozenset({fingerprint}))
    known = (await examine(file, pinned, at=clock.now())).by("Buyer")
    assert (known.holds, known.own, known.listed, known.issuer) == (True, True, False, "Harbour Trust CA")
    bent = bytearray(file)
    bent[file.index(b"stream\n") + 20] ^= 1
    assert not (await examine(bytes(bent), pinned, at=clock.now())).by("Buyer").holds

    act = Act(field="Seal", reason=f"C-1 own certificate {fingerprint}")
    sealed = await signed(file, act, AUTHORITY.seal, AUTHORITY, stamper=None)
    found = await examine(sealed, ours, at=clock.now())
    assert found.whole
    assert [s.holds for s in found.signatures] == [True, True]
    other = Authority(LocalKeys("somebody who calls himself Portolan"))
    forged = await signed(file, act, other.seal, other, stamper=None)
    assert [s.holds for s in (await examine(forged, ours, at=clock.now())).signatures] == [False, False]


def test_names_are_compared_as_words():
    now = clock.now()
    said = Described("LIN, Wei", "Hansa Import GmbH", "CA", now)
    assert said.fits(["Wei Lin"])
    assert said.fits(["hansa import gmbh"])
    assert not said.fits(["Anna Weber", "Weber Import GmbH", ""])
    assert Described("李伟", "深圳市远航电子有限公司", "CA", now).fits(["深圳市远航电子有限公司"])
