"""Keys in a token behave as local ones do, stay where they are, and come back when the token does."""

import asyncio
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
import typst
from click.testing import CliRunner
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from pkcs11 import Attribute, ObjectClass
from pydantic import ValidationError

from app import checks
from app.cli import main
from app.core.config import Settings
from app.core.errors import Unavailable
from app.core.signing.authority import Authority, asn1
from app.core.signing.keys import KeyMissing, KeyName, KeysAway, KeysThere, LocalKeys, SignerBackend
from app.core.signing.timestamps import timestampers
from tests.factories.tokens import LABEL, LIBRARY, PIN, keys, needed, new_token, pulled, restart, token
from tests.rules.test_signing import LI, check, sign_all

pytestmark = needed
ES256 = ec.ECDSA(hashes.SHA256())
ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"PORTOLAN_PKCS11_MODULE": str(LIBRARY), "PORTOLAN_PKCS11_TOKEN": LABEL, "PORTOLAN_PKCS11_PIN": PIN}


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("softhsm")
    with token(folder):
        new_token("bare")
        yield folder


@pytest.fixture(autouse=True)
def _as_a_new_process_finds_it(home):
    restart()


@pytest.fixture(params=["local", "token"])
def backend(request) -> SignerBackend:
    return LocalKeys("a secret of thirty-two characters") if request.param == "local" else keys()


@pytest.fixture(scope="module")
def document() -> bytes:
    return typst.compile(b'#set page("a4")\nArticle 1 #pagebreak() Signatures', pdf_standards="a-2b")


@pytest.mark.parametrize("name", KeyName)
def test_a_backend_has_keys_on_p_256_that_sign(backend, name):
    key = backend.key(name)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert (key.curve.name, key.key_size) == ("secp256r1", 256)
    public = backend.key(name).public_key()
    public.verify(key.sign(b"what is signed", ES256), b"what is signed", ES256)
    with pytest.raises(InvalidSignature):
        public.verify(key.sign(b"what is signed", ES256), b"something else", ES256)


def test_a_backend_has_one_key_for_each_name_and_each_authority_its_own(backend):
    points = {backend.key(name).public_key().public_numbers() for name in KeyName}
    assert len(points) == len(KeyName)
    assert backend.key(KeyName.ROOT).public_key() == backend.key(KeyName.ROOT).public_key()


def test_a_backend_s_certificates_are_of_its_keys_and_lead_to_its_root(backend):
    authority = Authority(backend)
    for name in KeyName:
        certificate = authority.certificate(name)
        assert certificate.public_key() == backend.key(name).public_key()
        certificate.verify_directly_issued_by(authority.root)
    authority.certify(LI).certificate.verify_directly_issued_by(authority.issuer)
    assert {revoked.native["tbs_cert_list"]["revoked_certificates"] for revoked in authority.revocations()} == {None}


def test_what_is_not_there_is_a_lookup_error():
    with pytest.raises(LookupError, match=r"no “portolan-root” .* `portolan keys create`"):
        keys("bare").key(KeyName.ROOT)
    with pytest.raises(KeyMissing):
        keys("bare").certificate(KeyName.SEAL)


def test_the_key_cannot_be_exported():
    key = keys().key(KeyName.SEAL)
    with pytest.raises(TypeError):
        key.private_numbers()
    with pytest.raises(TypeError):
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
    with pytest.raises(TypeError):
        key.exchange(ec.ECDH(), key.public_key())
    with pytest.raises(TypeError):
        key.sign(b"", ec.ECDSA(hashes.SHA1()))  # noqa: S303
    session = pkcs11.lib(str(LIBRARY)).get_token(token_label=LABEL).open()
    found = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label="portolan-seal")
    assert (found[Attribute.SENSITIVE], found[Attribute.EXTRACTABLE]) == (True, False)
    with pytest.raises(pkcs11.AttributeSensitive):
        found[Attribute.VALUE]


async def test_a_document_is_signed_and_sealed_from_the_token(document, tmp_path):
    authority = Authority(keys())
    one, two = timestampers(authority)
    file = (await sign_all(document, [one, two, one], authority))[-1]
    restart()
    found = await check(file, authority=Authority(keys()))
    assert found.whole
    assert [(s.field, s.holds, s.proven) for s in found.signatures] == [
        ("Supplier", True, True),
        ("Buyer", True, True),
        ("Seal", True, True),
    ]
    assert found.archived is not None
    assert not any(s.holds for s in (await check(file)).signatures)
    if shutil.which("pdfsig"):
        (tmp_path / "signed.pdf").write_bytes(file)
        run = await asyncio.to_thread(
            subprocess.run, ["pdfsig", tmp_path / "signed.pdf"], capture_output=True, text=True, check=False
        )
        assert run.stdout.count("Signature is Valid.") == 3


def test_a_new_start_has_the_same_certificates():
    def every() -> list[bytes]:
        authority = Authority(keys())
        return [asn1(authority.root).dump(), *(c.dump() for c in authority.others)]

    first = every()
    restart()
    assert every() == first
    assert Authority(keys()).issued(KeyName.SEAL) != Authority(keys()).seal.certificate  # made anew it would be another


def test_eight_threads_sign_at_once():
    authority = Authority(keys())

    def sign(number: int) -> None:
        name = list(KeyName)[number % len(KeyName)]
        data = str(number).encode()
        key = authority._keys.key(name)
        authority.certificate(name).public_key().verify(key.sign(data, ES256), data, ES256)

    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(sign, range(200)))) == 200


FORKED = """
import os, sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from app import wiring
from app.core.config import Settings
ES256 = ec.ECDSA(hashes.SHA256())
settings = Settings()
authority = wiring.authority(settings)
stampers = wiring.timestamps(settings, authority)
opened = "libsofthsm2" in open("/proc/self/maps").read()
if opened:
    sys.exit("opened before the fork")
if sys.argv[1] == "used":
    authority.seal.key.sign(b"before", ES256)
children = []
for _ in range(6):
    child = os.fork()
    if child == 0:
        key = authority.seal.key
        key.public_key().verify(key.sign(b"in a child", ES256), b"in a child", ES256)
        os._exit(7)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
authority.seal.key.sign(b"after", ES256)
sys.exit(0 if codes == [7] * 6 else f"children ended with {codes}")
"""


@pytest.mark.parametrize("before", ["untouched", "used"])
def test_each_process_opens_the_token_itself(before):
    run = subprocess.run(
        [sys.executable, "-c", FORKED, before],
        cwd=ROOT,
        env=os.environ | SETTINGS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_a_lost_session_is_opened_again():
    backend = keys()
    key = backend.key(KeyName.SEAL)
    key.sign(b"before", ES256)
    pkcs11.lib(str(LIBRARY)).reinitialize()  # behind its back: no session is one any more
    key.public_key().verify(key.sign(b"after", ES256), b"after", ES256)


def test_handles_of_before_are_not_used_after_another_has_restarted_the_library():
    """Numbers of sessions and objects begin anew then: an old one may be that of another key."""
    backend, other = keys(), keys()
    seal = backend.key(KeyName.SEAL)
    seal.sign(b"before", ES256)
    restart()
    other.key(KeyName.ROOT).sign(b"between", ES256)
    seal.public_key().verify(seal.sign(b"after", ES256), b"after", ES256)


def test_a_token_that_was_pulled_is_away_and_comes_back(home):
    backend = keys()
    key = backend.key(KeyName.SEAL)
    key.sign(b"before", ES256)
    with pulled(home):
        with pytest.raises(KeysAway, match="there is no token portolan") as away:
            key.sign(b"meanwhile", ES256)
        assert isinstance(away.value, Unavailable)
        assert "portolan" not in away.value.message  # whoever asked is not told which token
    key.public_key().verify(key.sign(b"after", ES256), b"after", ES256)


def test_another_token_of_that_name_does_not_sign_for_the_old_one():
    new_token("first")
    backend = keys("first")
    backend.create(Authority(backend).issued)
    key = backend.key(KeyName.SEAL)
    subprocess.run(["softhsm2-util", "--delete-token", "--token", "first"], check=True, capture_output=True)
    new_token("first")
    again = keys("first")
    again.create(Authority(again).issued)
    with pytest.raises(KeysAway, match="is not the one it was"):
        key.sign(b"after", ES256)


def test_a_refused_pin_is_not_tried_again():
    """A token locks itself after a few."""
    backend = keys(pin="000000")
    with pytest.raises(KeysAway, match="refuses PORTOLAN_PKCS11_PIN"):
        backend.key(KeyName.ROOT)
    keys().key(KeyName.ROOT)  # logs this process in: a second try would pass now
    with pytest.raises(KeysAway, match="refuses PORTOLAN_PKCS11_PIN"):
        backend.key(KeyName.ROOT)


def test_nothing_stays_of_keys_that_could_not_all_be_made():
    new_token("half")
    backend = keys("half")

    def fails(name: KeyName):
        if name is KeyName.SEAL:
            raise RuntimeError("no certificate today")
        return Authority(backend).issued(name)

    with pytest.raises(RuntimeError):
        backend.create(fails)
    with pytest.raises(KeyMissing):
        backend.key(KeyName.ROOT)
    backend.create(Authority(backend).issued)
    made = backend.certificate(KeyName.ROOT)
    with pytest.raises(KeysThere, match="portolan-root"):
        backend.create(Authority(backend).issued)
    assert backend.certificate(KeyName.ROOT) == made


def portolan(monkeypatch, *arguments: str, **environment: str):
    for name, value in (SETTINGS | environment).items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(main, list(arguments))


def test_the_command_makes_them_once_and_shows_them(monkeypatch):
    new_token("new")
    made = portolan(monkeypatch, "keys", "create", PORTOLAN_PKCS11_TOKEN="new")
    assert (made.exit_code, made.output.splitlines()[0][:5]) == (0, "Made:")
    again = portolan(monkeypatch, "keys", "create", PORTOLAN_PKCS11_TOKEN="new")
    assert again.exit_code == 1
    assert again.output.startswith("Error: Nothing was made: on the token new, there is portolan-root")
    shown = portolan(monkeypatch, "keys", "show", PORTOLAN_PKCS11_TOKEN="new")
    assert shown.exit_code == 0
    assert made.output.endswith(shown.output)
    for name in KeyName:
        assert keys("new").certificate(name).fingerprint(hashes.SHA256()).hex() in shown.output


def test_local_keys_need_no_making():
    made = CliRunner().invoke(main, ["keys", "create"])
    assert (made.exit_code, made.output) == (0, "Nothing to make: the keys are derived from PORTOLAN_SECRET_KEY.\n")
    shown = CliRunner().invoke(main, ["keys", "show"])
    assert shown.output.count("certificate  ") == len(KeyName)


@pytest.mark.parametrize("command", ["show", "create"])
@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("PIN", "000000", "the token portolan refuses PORTOLAN_PKCS11_PIN"),
        ("TOKEN", "nowhere", f"there is no token nowhere (PORTOLAN_PKCS11_TOKEN) behind {LIBRARY}"),
        ("MODULE", "/nowhere.so", "PORTOLAN_PKCS11_MODULE: /nowhere.so: No such file or directory"),
        ("MODULE", __file__, f"PORTOLAN_PKCS11_MODULE: {__file__} is no PKCS#11 library that works here"),
    ],
)
def test_each_mistake_is_one_clear_sentence(monkeypatch, command, setting, value, sentence):
    said = portolan(monkeypatch, "keys", command, **{f"PORTOLAN_PKCS11_{setting}": value})
    assert (said.exit_code, said.output) == (1, f"Error: {sentence}\n")


def test_half_of_the_settings_is_none(monkeypatch):
    with pytest.raises(ValidationError, match="a token needs PORTOLAN_PKCS11_TOKEN and PORTOLAN_PKCS11_PIN too"):
        Settings(pkcs11_module=LIBRARY)
    said = portolan(monkeypatch, "keys", "show", PORTOLAN_PKCS11_PIN="")
    assert said.exit_code == 2
    assert "a token needs PORTOLAN_PKCS11_PIN too" in said.output


async def test_check_says_whether_the_token_signs():
    async def said(label: str) -> checks.Result:
        settings = Settings(
            pkcs11_module=LIBRARY,
            pkcs11_token=label,
            pkcs11_pin=PIN,
            database_url="postgresql+asyncpg://nobody@127.0.0.1:9/none",
        )
        return next(result for result in await checks.run(settings) if result.name == "keys")

    assert await said(LABEL) == checks.Result("keys", True, "on the token portolan")
    bare = await said("bare")
    assert not bare.fine
    assert "`portolan keys create` makes them" in bare.detail
