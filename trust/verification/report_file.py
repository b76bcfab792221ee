"""The half-yearly identity report as a file: a table of sellers with what is wrong in it, encrypted for one authority.

Measures for Supervision of Online Trading (PRC) art. 25: each January and July, the identity of operators on the
platform. The file is CMS EnvelopedData (RFC 5652) with AES-256, in DER, to the authority's certificate; its owner opens
it with `openssl cms -decrypt -inform DER -in FILE -recip CERTIFICATE -inkey KEY`. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.spreadsheets import write_csv

KEY_BITS = 2048
LARGEST_CERTIFICATE = 20_000
HEADINGS = (
    "经营者名称 Name", "英文名称 Latin name", "国家或地区 Country", "登记号类型 Kind of number",
    "统一社会信用代码或登记号 USCC or number", "住所 Address", "联系人 Contact", "电话 Telephone", "电子邮箱 E-mail",
    "店铺名称 Shop", "店铺网址 Shop address", "是否核验 Verified", "核验有效期至 Valid until", "免登记类型 Exemption",
    "状态 State", "问题 Findings",
)  # fmt: skip
FINDINGS = {
    "no_address": N_("No address"),
    "no_contact": N_("No contact person"),
    "no_phone": N_("No telephone"),
    "no_number": N_("No registration number"),
    "double_number": N_("The same number as another seller"),
    "not_verified": N_("Never verified"),
    "expired": N_("Verification expired"),
}


@dataclass(frozen=True, slots=True)
class Seller:
    """One seller as it is reported. `until`: the end of its verification; None where it never was."""

    id: UUID
    name: str
    latin: str
    country: str
    kind: str
    number: str
    address: str
    contact: str
    phone: str
    email: str
    shop: str
    state: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A seller with what is missing or double about it, by the names of FINDINGS."""

    seller: Seller
    findings: tuple[str, ...]


def half_year(day: date) -> date:
    """The first day of the half-year that `day` lies in."""
    return date(day.year, 1 if day.month <= 6 else 7, 1)


def reported(day: date) -> date:
    """The half-year that is reported in the one of `day`: the one before."""
    first = half_year(day)
    return date(first.year, 1, 1) if first.month == 7 else date(first.year - 1, 7, 1)


def table(found: Sequence[Checked], base_url: str) -> bytes:
    """The table as CSV. Every seller here is registered, so the column of exemptions is empty."""
    return write_csv(HEADINGS, (_line(one, base_url) for one in found))


def _line(one: Checked, base_url: str) -> list[object]:
    said = one.seller
    until = f"{said.until:%Y-%m-%d}" if said.until else ""
    is_verified = not {"not_verified", "expired"} & set(one.findings)
    return [
        said.name, said.latin, said.country, said.kind.upper(), said.number, said.address, said.contact, said.phone,
        said.email, said.latin, f"{base_url}/suppliers/{said.shop}", "是 yes" if is_verified else "否 no", until, "",
        said.state, "; ".join(one.findings),
    ]  # fmt: skip


def certificate(pem: bytes, now: datetime) -> x509.Certificate:
    """The recipient's certificate. Raises Invalid for what is none, is over, or cannot be encrypted to."""
    if len(pem) > LARGEST_CERTIFICATE:
        raise Invalid(_("This is not a certificate in PEM."), field="certificate")
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
    except (ValueError, TypeError):
        raise Invalid(_("This is not a certificate in PEM."), field="certificate") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < KEY_BITS:
        raise Invalid(_("The certificate needs an RSA key of 2048 bits or more."), field="certificate")
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise Invalid(_("The certificate is not valid today."), field="certificate")
    return found


def fingerprint(found: x509.Certificate) -> str:
    return found.fingerprint(hashes.SHA256()).hex()


def encrypted(data: bytes, recipient: x509.Certificate) -> bytes:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(data).add_recipient(recipient)
    builder = builder.set_content_encryption_algorithm(algorithms.AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
