"""Authorities that this installation had before: files signed under them lead to their roots still.

What is left of one is a file (PEM) that it writes when it ends: its root, and its last lists of what was revoked, good
for as long as its certificates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import crl, pem, x509

CERTIFICATE, LIST = "CERTIFICATE", "X509 CRL"


@dataclass(frozen=True, slots=True)
class Former:
    """Their roots, and their last lists of what was revoked."""

    roots: Sequence[x509.Certificate] = ()
    revocations: Sequence[crl.CertificateList] = ()


NOBODY = Former()


def former(file: Path | None) -> Former:
    """What is in the file (PEM) of one or several; nobody without a file. Raises OSError and ValueError."""
    if file is None:
        return NOBODY
    found: dict[str, list[bytes]] = {CERTIFICATE: [], LIST: []}
    for kind, _headers, data in pem.unarmor(file.read_bytes(), multiple=True):
        if kind not in found:
            raise ValueError(f"{file} has something that is neither a certificate nor a list of revocations: {kind}")
        found[kind].append(data)
    return Former(
        [x509.Certificate.load(one, strict=True) for one in found[CERTIFICATE]],
        [crl.CertificateList.load(one, strict=True) for one in found[LIST]],
    )


def written(root: x509.Certificate, revocations: Sequence[bytes]) -> bytes:
    """The file (PEM) that an authority leaves."""
    return pem.armor(CERTIFICATE, root.dump()) + b"".join(pem.armor(LIST, one) for one in revocations)  # type: ignore[no-any-return]
