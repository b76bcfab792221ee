"""One-time codes of the second step: from an authenticator (TOTP, RFC 6238), or from the list kept for its loss."""

import base64
import secrets
from datetime import datetime

import pyotp
import segno

from app.core import crypto

STEP_SECONDS = 30
DRIFT = 1
"""Steps by which a telephone's clock may be off, either way."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
ISSUER = "Portolan"


def new_secret() -> str:
    """160 random bits in base 32 (RFC 4226, section 4)."""
    return pyotp.random_base32()


def address(secret: str, account: str) -> str:
    """The otpauth:// address that an authenticator reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def picture(otpauth: str) -> str:
    """The address as a QR code: a data: address of an SVG picture, dark on white in every theme."""
    return segno.make(otpauth, error="m").svg_data_uri(scale=5, border=3, light="#fff", dark="#000")


def matching_step(secret: str, code: str, *, at: datetime, after: int | None) -> int | None:
    """The time step whose code this is, at most one step from `at`; None if there is none.

    after   the last step that was used: a code seen over somebody's shoulder is not good again (RFC 6238, 5.2)
    """
    now = int(at.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(now - DRIFT, now + DRIFT + 1):
        if crypto.same(totp.generate_otp(step), code) and (after is None or step > after):
            return step
    return None


def recovery_codes() -> list[str]:
    """Ten codes of 80 random bits, in groups that can be read out."""
    made = (base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES))
    return ["-".join(code[i : i + 4] for i in range(0, len(code), 4)) for code in made]


def plain(code: str) -> str:
    """A code as typed, without what people put between its characters."""
    return "".join(c for c in code.lower() if c.isalnum())
