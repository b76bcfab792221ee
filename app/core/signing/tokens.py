"""Keys in a token: PKCS#11 (OASIS, version 2.40), such as a hardware security module or SoftHSM.

A token signs differently each time, so certificates are made once, by `portolan keys create`, and kept on it beside
the keys.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
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

    def library(self) -> Any:
        """Started if it is not yet, in this process. Raises KeysAway."""
        if self._process == os.getpid():
            return pkcs11.lib(self.path)
        return self.restarted()

    def restarted(self) -> Any:
        """Started anew: so it sees a token that was pulled and is there again. Raises KeysAway."""
        if not os.path.exists(self.path):
            raise KeysAway(f"PORTOLAN_PKCS11_MODULE: there is no file {self.path}")
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
        self._handles: dict[KeyName, Any] = {}
        self._refused: PKCS11Error | None = None

    def key(self, name: KeyName) -> "TokenKey":
        return TokenKey(self, name, self._do(lambda session: self._public(session, name)))

    def certificate(self, name: KeyName) -> x509.Certificate:
        kept = self._do(lambda session: self._kept(session, name))
        if kept.public_key() != self.key(name).public_key():
            raise KeysAway(f"{self.place}, the certificate “{LABEL.format(name)}” is not that of the key")
        return kept

    def sign(self, name: KeyName, public: ec.EllipticCurvePublicKey, data: bytes) -> bytes:
        """ECDSA over the SHA-256 of `data`, in DER (RFC 3279 §2.2.3). It is checked before it leaves."""
        digest = hashlib.sha256(data).digest()
        raw = self._do(lambda session: self._private(session, name).sign(digest, mechanism=Mechanism.ECDSA))
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
                    for name in KeyName:
                        session.create_object(_written(certify(name), name))
                except BaseException:
                    self._remove()
                    raise
            except PKCS11Error as error:
                raise self._away(error) from error

    def _remove(self) -> None:
        """By a session of its own: the one before may be lost, and its handles others' by now."""
        self._session = None
        session = self._open(writing=True)
        for name in KeyName:
            for one in _objects(session, name):
                one.destroy()

    def _do(self, work: Callable[[pkcs11.Session], T]) -> T:
        """Work in the session; if it was lost, once more in a new one."""
        with self._module.lock:
            try:
                return work(self._current())
            except REFUSED as error:
                raise self._away(error) from error
            except PKCS11Error:
                self._module.restarted()
            try:
                return work(self._current())
            except PKCS11Error as error:
                raise self._away(error) from error

    def _current(self) -> pkcs11.Session:
        self._module.library()
        now = (os.getpid(), self._module.starts)
        if self._session is None or self._opened != now:
            self._handles.clear()
            self._session, self._opened = self._open(), now
        return self._session

    def _open(self, *, writing: bool = False) -> pkcs11.Session:
        if self._refused is not None:
            raise self._refused.with_traceback(None)
        token = self._module.library().get_token(token_label=self._label)
        session: pkcs11.Session
        try:
            session = token.open(rw=writing, user_pin=self._pin)
        except pkcs11.UserAlreadyLoggedIn:  # by another session of this process: the login is shared
            session = token.open(rw=writing)
        except REFUSED as error:
            self._refused = error
            raise
        return session

    def _public(self, session: pkcs11.Session, name: KeyName) -> ec.EllipticCurvePublicKey:
        try:
            found: Any = session.get_key(object_class=ObjectClass.PUBLIC_KEY, label=LABEL.format(name))
        except pkcs11.NoSuchKey:
            raise self._missing(name) from None
        public = serialization.load_der_public_key(encode_ec_public_key(found))
        if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != CURVE.name:
            raise KeysAway(f"{self.place}, the key “{LABEL.format(name)}” is not on P-256")
        return public

    def _private(self, session: pkcs11.Session, name: KeyName) -> Any:
        if name not in self._handles:
            try:
                self._handles[name] = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=LABEL.format(name))
            except pkcs11.NoSuchKey:
                raise self._missing(name) from None
        return self._handles[name]

    def _kept(self, session: pkcs11.Session, name: KeyName) -> x509.Certificate:
        wanted = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: LABEL.format(name)}
        found = list(session.get_objects(wanted))
        if not found:
            raise self._missing(name)
        return x509.load_der_x509_certificate(found[0][Attribute.VALUE])

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
