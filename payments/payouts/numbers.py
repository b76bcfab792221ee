"""Bank account numbers: IBAN with BIC, and mainland China's CNAPS code with an account number."""

import re
from dataclasses import dataclass

from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from app.core.errors import Invalid
from app.core.i18n import _

_CNAPS = re.compile(r"[0-9]{12}")
_CHINESE_ACCOUNT = re.compile(r"[0-9]{8,32}")
_SHOWN = 4
_TERRITORIES = {
    "FI": ("AX",),
    "FR": ("BL", "GF", "GP", "MC", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"),
    "GB": ("GG", "IM", "JE"),
}
"""IBAN country → countries whose banks issue its IBANs under a BIC of their own."""


@dataclass(frozen=True, slots=True)
class BankNumber:
    """A checked account number in its compact form, with the code of its bank."""

    scheme: str
    bank_code: str
    number: str
    country: str

    @property
    def masked(self) -> str:
        """Bank code and the last four signs: enough to tell one's own accounts apart."""
        return f"{self.bank_code} ···· {self.number[-_SHOWN:]}"


def read(scheme: str, bank_code: str, number: str) -> BankNumber:
    """Raises Invalid naming `bank_code` or `number`."""
    return _iban(bank_code, number) if scheme == "iban" else _cnaps(bank_code, number)


def _iban(bank_code: str, number: str) -> BankNumber:
    try:
        account = str(iban.validate(number))
    except ValidationError:
        raise Invalid(_("This is not a valid IBAN. Please check every sign."), field="number") from None
    try:
        code = str(bic.validate(bank_code))
    except ValidationError:
        raise Invalid(_("This is not a valid BIC (8 or 11 signs)."), field="bank_code") from None
    if code[4:6] not in {account[:2], *_TERRITORIES.get(account[:2], ())}:
        raise Invalid(_("The BIC and the IBAN are of different countries."), field="bank_code")
    return BankNumber("iban", code, account, account[:2])


def _cnaps(bank_code: str, number: str) -> BankNumber:
    code, account = "".join(bank_code.split()), "".join(number.split())
    if not _CNAPS.fullmatch(code):
        raise Invalid(_("A CNAPS bank code has 12 digits."), field="bank_code")
    if not _CHINESE_ACCOUNT.fullmatch(account):
        raise Invalid(_("A Chinese account number has 8 to 32 digits."), field="number")
    return BankNumber("cnaps", code, account, "CN")
