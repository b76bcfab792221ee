"""Keys in a token: PKCS#11 (OASIS, version 2.40), such as a hardware security module or SoftHSM.

A token signs differently each time, so certificates are made once, by `portolan keys create`, and kept on it beside
the keys.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from threading import RLock
from typing import Any, Self, TypeVar

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error
from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature, encode_named_curve_parameters
from pkcs11.util.x509 import decode_x509_certificate

from app.core.signing.keys import CURVE, KeyMissing, KeyName, KeysAway, KeysThere

T = TypeVar("T")
LABEL = "portolan-{}"
REFUSED = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked)


class _Module:
    """A PKCS#11 library in this process. It belongs to one process, and it was not told of threads: one at a time.

    lock    held by whoever calls it
    starts  how often it was started; handles of an earlier start may be those of other things by now
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = RLock()
        self.starts = 0
        self._process = 0

    @property
    def life(self) -> tuple[int, int]:
        """Of whatever was opened: it ends with the process and with the library's start."""
        return self._process if self._process == os.getpid() else 0, self.starts

    def lost(self) -> None:
        """It is started anew when it is asked for again."""
        self._process = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process opens a token by it meanwhile. SoftHSM writes to a token when somebody logs in, and one that
        starts at that moment does not see it. Raises KeysAway."""
        try:
            with open(self.path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise KeysAway(f"PORTOLAN_PKCS11_MODULE: {self.path}: {error.strerror}") from error

    def library(self) -> Any:
        """Started if it is not yet, in this process. Raises KeysAway."""
        if self._process == os.getpid():
            return pkcs11.lib(self.path)
        return self.restarted()

    def restarted(self) -> Any:
        """Started anew: so it sees a token that was pulled and is there again. Raises KeysAway."""
        self._process, self.starts = 0, self.starts + 1
        try:
            library = pkcs11.lib(self.path)
            with suppress(PKCS11Error):  # what is gone needs no goodbye
                library.finalize()
            library.initialize()
        except PKCS11Error as error:
            raise KeysAway(f"PORTOLAN_PKCS11_MODULE: {self.path} is no PKCS#11 library that works here") from error
        self._process = os.getpid()
        return library


_module = cache(_Module)


class Pkcs11Keys:
    """The keys in one token. Nothing is opened before the first key is asked for, and that in each process anew.

    A lost session is opened again once. A PIN that was refused is not tried again: tokens lock themselves after a few.
    """

    def __init__(self, module: str, token: str, pin: str) -> None:
        self.place = f"on the token {token}"
        self._module = _module(module)
        self._label = token
        self._pin = pin
        self._session: pkcs11.Session | None = None
        self._opened = (0, 0)
        self._found: dict[KeyName, dict[ObjectClass, Any]] = {}
        self._refused: PKCS11Error | None = None

    def key(self, name: KeyName) -> "TokenKey":
        return TokenKey(self, name, self._do(lambda: self._public(name)))

    def certificate(self, name: KeyName) -> x509.Certificate:
        kept = x509.load_der_x509_certificate(self._do(lambda: self._there(name, ObjectClass.CERTIFICATE)))
        if kept.public_key() != self.key(name).public_key():
            raise KeysAway(f"{self.place}, the certificate “{LABEL.format(name)}” is not that of the key")
        return kept

    def sign(self, name: KeyName, public: ec.EllipticCurvePublicKey, data: bytes) -> bytes:
        """ECDSA over the SHA-256 of `data`, in DER (RFC 3279 §2.2.3). It is checked before it leaves."""
        digest = hashlib.sha256(data).digest()
        raw = self._do(lambda: self._there(name, ObjectClass.PRIVATE_KEY).sign(digest, mechanism=Mechanism.ECDSA))
        signature = encode_ecdsa_signature(raw)
        try:
            public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise KeysAway(f"{self.place}, the key “{LABEL.format(name)}” is not the one it was") from None
        return signature

    def create(self, certify: Callable[[KeyName], x509.Certificate]) -> None:
        """Make all keys, then keep the certificate of each. Raises KeysThere where there is anything already.

        Nothing that was made stays when something fails.
        """
        with self._module.lock:
            try:
                session = self._open(writing=True)
                if there := [LABEL.format(name) for name in KeyName if _objects(session, name)]:
                    raise KeysThere(", ".join(there))
                try:
                    for name in KeyName:
                        _make_pair(session, name)
                    self._session = None  # what was read before has none of them
                    for name in KeyName:
                        session.create_object(_written(certify(name), name))
                except BaseException:
                    self._remove()
                    raise
                finally:
                    self._session = None
            except PKCS11Error as error:
                raise self._away(error) from error

    def _remove(self) -> None:
        """By a session of its own: the one before may be lost, and its handles others' by now."""
        session = self._open(writing=True)
        for name in KeyName:
            for one in _objects(session, name):
                one.destroy()

    def _do(self, work: Callable[[], T]) -> T:
        """Work in the session; if it was lost, once more in a new one."""
        with self._module.lock:
            try:
                self._connect()
                return work()
            except REFUSED as error:
                raise self._away(error) from error
            except PKCS11Error:
                self._module.lost()
            try:
                self._connect()
                return work()
            except PKCS11Error as error:
                raise self._away(error) from error

    def _connect(self) -> None:
        """A session, and all that is ours on the token: read at once, for a search in a lost session is not ended."""
        if self._session is None or self._opened != self._module.life:
            self._session = self._open()
            self._opened = self._module.life
            self._found = {name: _read(self._session, name) for name in KeyName}

    def _open(self, *, writing: bool = False) -> pkcs11.Session:
        if self._refused is not None:
            raise self._refused.with_traceback(None)
        session: pkcs11.Session
        with self._module.alone():
            token = self._module.library().get_token(token_label=self._label)
            try:
                session = token.open(rw=writing, user_pin=self._pin)
            except pkcs11.UserAlreadyLoggedIn:  # by another session of this process: the login is shared
                session = token.open(rw=writing)
            except REFUSED as error:
                self._refused = error
                raise
        return session

    def _there(self, name: KeyName, what: ObjectClass) -> Any:
        found = self._found[name].get(what)
        if found is None:
            raise self._missing(name)
        return found

    def _public(self, name: KeyName) -> ec.EllipticCurvePublicKey:
        public = serialization.load_der_public_key(self._there(name, ObjectClass.PUBLIC_KEY))
        if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != CURVE.name:
            raise KeysAway(f"{self.place}, the key “{LABEL.format(name)}” is not on P-256")
        return public

    def _missing(self, name: KeyName) -> KeyMissing:
        return KeyMissing(
            f"{self.place}, there is no “{LABEL.format(name)}” with its certificate: `portolan keys create` makes them"
        )

    def _away(self, error: PKCS11Error) -> KeysAway:
        match error:
            case pkcs11.NoSuchToken():
                return KeysAway(f"there is no token {self._label} (PORTOLAN_PKCS11_TOKEN) behind {self._module.path}")
            case pkcs11.MultipleTokensReturned():
                return KeysAway(f"more than one token is called {self._label} (PORTOLAN_PKCS11_TOKEN)")
            case pkcs11.PinLocked():
                return KeysAway(f"the token {self._label} is locked: its PIN was wrong too often")
            case pkcs11.PinIncorrect() | pkcs11.PinInvalid() | pkcs11.PinLenRange():
                return KeysAway(f"the token {self._label} refuses PORTOLAN_PKCS11_PIN")
        return KeysAway(f"the token {self._label} failed: {type(error).__name__}")


class TokenKey(ec.EllipticCurvePrivateKey):
    """A private key that stays in its token. It can be looked up anywhere and copied: it is a name."""

    def __init__(self, keys: Pkcs11Keys, name: KeyName, public: ec.EllipticCurvePublicKey) -> None:
        self._keys, self._name, self._public = keys, name, public

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    @property
    def key_size(self) -> int:
        """In bits."""
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """In DER. ECDSA with SHA-256 alone, over data and not over a digest. Raises KeysAway."""
        if not isinstance(signature_algorithm.algorithm, hashes.SHA256):
            raise TypeError("a key in a token signs by ECDSA with SHA-256")
        return self._keys.sign(self._name, self._public, bytes(data))

    def exchange(self, *_key: Any, **_else: Any) -> bytes:
        raise TypeError("a key in a token only signs")

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        raise TypeError("a key in a token cannot be exported")

    def private_bytes(self, *_how: Any, **_else: Any) -> bytes:
        raise TypeError("a key in a token cannot be exported")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> Self:
        return self


def _objects(session: pkcs11.Session, name: KeyName) -> list[Any]:
    return list(session.get_objects({Attribute.LABEL: LABEL.format(name)}))


def _read(session: pkcs11.Session, name: KeyName) -> dict[ObjectClass, Any]:
    """The private key as a handle, the public one and the certificate in DER."""
    found: dict[ObjectClass, Any] = {}
    for one in _objects(session, name):
        match one.object_class:
            case ObjectClass.PRIVATE_KEY:
                found[ObjectClass.PRIVATE_KEY] = one
            case ObjectClass.PUBLIC_KEY:
                found[ObjectClass.PUBLIC_KEY] = encode_ec_public_key(one)
            case ObjectClass.CERTIFICATE:
                found[ObjectClass.CERTIFICATE] = one[Attribute.VALUE]
    return found


def _make_pair(session: pkcs11.Session, name: KeyName) -> None:
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(CURVE.name)}
    session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
        store=True,
        label=LABEL.format(name),
        id=name.encode(),
        mechanism=Mechanism.EC_KEY_PAIR_GEN,
        public_template={Attribute.VERIFY: True},
        private_template={
            Attribute.SIGN: True,
            Attribute.DERIVE: False,
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
        },
    )


def _written(certificate: x509.Certificate, name: KeyName) -> dict[Attribute, Any]:
    """As an object of a token."""
    said = decode_x509_certificate(certificate.public_bytes(serialization.Encoding.DER))
    return said | {Attribute.TOKEN: True, Attribute.LABEL: LABEL.format(name), Attribute.ID: name.encode()}
