"""The register of purposes: why the platform keeps what of whom, on which legal basis, for how long, and who gets it.

PIPL art. 13, 17, 30, 39, 55; GDPR art. 6, 13, 14, 30. The privacy notice is made of it, and so is each consent: what
was agreed to is a version of a purpose with the hash of its words. A change is another `Purpose` with the next number
and the day from which it holds; the old one stays, for old consents refer to it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

from app.core import clock
from app.core.evidence import canonical_json
from app.core.i18n import N_, _, current_locale
from trust.privacy.errors import PurposeNotFound
from trust.privacy.wording import TEXTS


class Basis(StrEnum):
    """PIPL art. 13(1) with the GDPR's counterpart in art. 6(1)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LAW = "law"
    INTEREST = "interest"


BASES = {
    Basis.CONSENT: N_("Your consent (PIPL art. 13(1) no. 1; GDPR art. 6(1)(a))"),
    Basis.CONTRACT: N_("The contract with you or your company (PIPL art. 13(1) no. 2; GDPR art. 6(1)(b), (f))"),
    Basis.LAW: N_("A duty that the law lays on us (PIPL art. 13(1) no. 3; GDPR art. 6(1)(c))"),
    Basis.INTEREST: N_(
        "The safety of trade here, which the law asks for too (PIPL art. 13(1) no. 3, 7; GDPR art. 6(1)(f))"
    ),
}


@dataclass(frozen=True, slots=True)
class Both:
    """The same in both languages."""

    en: str
    zh: str

    @property
    def said(self) -> str:
        """In the reader's."""
        return self.zh if current_locale().startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose in one version.

    title, why, data, people, recipients, abroad   in both languages; `abroad`: what leaves the country it is kept in
    retention   keys of trust.retention.classes; empty where it is kept as long as the account, or until withdrawn
    sensitive   PIPL art. 28: needs separate consent, and says what would be the effect of a leak
    """

    code: str
    version: int
    since: date
    basis: Basis
    law: str
    title: Both
    why: Both
    data: Both
    people: Both
    recipients: Both
    abroad: Both
    retention: tuple[str, ...] = ()
    sensitive: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 over all that it says."""
        said = asdict(self) | {"since": self.since.isoformat(), "retention": list(self.retention)}
        return hashlib.sha256(canonical_json(said).encode()).hexdigest()


_BASIS = {
    "account": (Basis.CONTRACT, "E-Commerce Law 27; GDPR 6(1)(b)", ("applications",), False),
    "deals": (Basis.CONTRACT, "E-Commerce Law 31; GDPR 6(1)(b)", ("deal", "contested_deal"), False),
    "payments": (Basis.LAW, "Accounting Law 23; GDPR 6(1)(c)", ("books",), False),
    "verification": (
        Basis.LAW,
        "E-Commerce Law 27; Measures 24",
        ("seller_identity", "refused_verification", "verification_draft"),
        False,
    ),
    "screening": (Basis.LAW, "Export Control Law; 31 CFR 501", ("screening", "export_control"), False),
    "security": (Basis.INTEREST, "Cybersecurity Law 21; GDPR 32", ("sign_ins", "risk", "looks", "exports"), False),
    "cases": (Basis.LAW, "E-Commerce Law 42-45, 59-63", ("cases", "rights"), False),
    "reputation": (Basis.INTEREST, "E-Commerce Law 39", ("credit_export",), False),
    "listings": (Basis.CONTRACT, "GDPR 6(1)(b)", (), False),
    "traffic": (Basis.INTEREST, "PIPL 13(1) no. 7, 19, 51; GDPR 6(1)(f)", ("traffic",), False),
    "rules": (Basis.LAW, "E-Commerce Law 32-34", (), False),
    "requests": (Basis.LAW, "PIPL 14, 50; GDPR 7(1), 12", ("privacy_request", "personal_export"), False),
    "incidents": (Basis.LAW, "PIPL 51, 57; GDPR 33, 34; Cybersecurity Law 25", ("incidents",), False),
    "authorities": (
        Basis.LAW,
        "E-Commerce Law 25; PIPL 41; GDPR 6(1)(c)",
        ("authority_requests", "statutory_reports"),
        False,
    ),
    "storefront_contact": (Basis.CONSENT, "PIPL 13, 25; GDPR 6(1)(a)", (), False),
    "identity_documents": (Basis.CONSENT, "PIPL 28-30; GDPR 6(1)(a)", ("refused_verification",), True),
    "bank_account": (Basis.CONSENT, "PIPL 28-30; GDPR 6(1)(a)", ("books",), True),
}
FIRST = date(2026, 11, 22)


def _purpose(code: str) -> Purpose:
    basis, law, retention, sensitive = _BASIS[code]
    title, why, data, people, recipients, abroad = (Both(*pair) for pair in TEXTS[code])
    return Purpose(code, 1, FIRST, basis, law, title, why, data, people, recipients, abroad, retention, sensitive)


REGISTER: tuple[Purpose, ...] = tuple(_purpose(code) for code in _BASIS)
"""Every version of every purpose there ever was."""
STOREFRONT_CONTACT = "storefront_contact"
IDENTITY_DOCUMENTS = "identity_documents"
BANK_ACCOUNT = "bank_account"


def in_force(register: Iterable[Purpose] = REGISTER, today: date | None = None) -> list[Purpose]:
    """The newest version of each purpose that holds on a day, in the register's order; before any did, the first."""
    day = today or clock.now().date()
    found: dict[str, Purpose] = {}
    for one in register:
        known = found.get(one.code)
        if known is None or (one.since <= day and one.version > known.version):
            found[one.code] = one
    return list(found.values())


def purpose(code: str) -> Purpose:
    """Raises PurposeNotFound."""
    for one in in_force():
        if one.code == code:
            return one
    raise PurposeNotFound(_("There is no such purpose."))


def consents() -> list[Purpose]:
    """Those that rest on consent: each is asked for by itself."""
    return [one for one in in_force() if one.basis is Basis.CONSENT]
