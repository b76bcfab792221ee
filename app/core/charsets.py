"""How text in letters is written. Nothing here fails: what is written wrongly is mostly still legible."""

from email.errors import MessageError
from email.header import decode_header

_WRITTEN = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "us-ascii": "",
    "punycode": "",
}
"""What mail programs say, and what they write; "" for what says nothing (punycode takes quadratic time besides)."""


def decoded(charset: str, data: bytes) -> str:
    """Text in a character set by its name in mail; what has no place in it becomes U+FFFD."""
    known = charset.casefold()
    try:
        return data.decode(_WRITTEN.get(known, known), "replace")
    except (LookupError, UnicodeError):
        return guessed(data)


def guessed(data: bytes) -> str:
    """Text of which nobody says how it is written."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def words(value: str) -> str:
    """A header with its encoded words (RFC 2047) decoded; as it stands where they are broken."""
    try:
        parts = decode_header(value)
    except (MessageError, ValueError):
        return value
    return "".join(decoded(charset or "", said) if isinstance(said, bytes) else said for said, charset in parts)
