"""How many pages an uploaded PDF has. It is read in a process of its own, with bounded time and memory."""

import asyncio
import sys
from pathlib import Path

from app.core.errors import Invalid
from app.core.i18n import _

COUNTER = Path(__file__).with_name("counter.py")
WALL_SECONDS = 15.0


class UnreadablePdf(Invalid):
    """The file begins as a PDF but cannot be read as one, is protected by a password, or has no pages."""

    code = "unreadable_pdf"


async def pages(data: bytes, *, field: str = "file") -> int:
    """The number of its pages, 1 or more. Raises UnreadablePdf naming `field`."""
    counter = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(COUNTER)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"MALLOC_ARENA_MAX": "1"},
    )
    told = b""
    try:
        async with asyncio.timeout(WALL_SECONDS):
            told, _complaint = await counter.communicate(data)
    except TimeoutError:
        pass
    finally:
        if counter.returncode is None:
            counter.kill()
            await counter.wait()
    if counter.returncode or not told.isdigit() or not int(told):
        message = _("This PDF cannot be read: it is damaged or protected by a password. Save it anew without one.")
        raise UnreadablePdf(message, field=field)
    return int(told)
