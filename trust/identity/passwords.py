"""Passwords: what is accepted, and how they are kept (Argon2id, RFC 9106)."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core import crypto
from app.core.errors import Invalid
from app.core.i18n import _

SHORTEST = 10
LONGEST = 200
FEWEST_CHARACTERS = 5

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # KiB; OWASP's floor for Argon2id
_nobody = _hasher.hash(crypto.new_token())
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")  # bounds memory: 19 MiB each


def acceptable(password: str) -> str:
    """The password in the form that is hashed (NFKC: the same keys give the same text on every device).

    Raises Invalid for one that is too short or hardly varied. No rules about kinds of characters: they make passwords
    worse (NIST SP 800-63B, 3.1.1.2).
    """
    normal = unicodedata.normalize("NFKC", password)
    if len(normal) < SHORTEST:
        raise Invalid(_("Please use at least %(n)s characters. A few words are fine.") % {"n": SHORTEST})
    if len(normal) > LONGEST:
        raise Invalid(_("At most %(n)s characters.") % {"n": LONGEST})
    if len(set(normal)) < FEWEST_CHARACTERS:
        raise Invalid(_("This is too easy to guess. Please use more different characters."))
    return normal


async def hashed(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _normal(password))


async def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password. Takes as long when there is none (`kept` is None: nobody has this address)."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _matches, kept, _normal(password))


def _matches(kept: str | None, password: str) -> bool:
    try:
        return _hasher.verify(kept or _nobody, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
