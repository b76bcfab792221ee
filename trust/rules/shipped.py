"""First texts of all rules, as files of this package or of the operator's own: `<code>.en.md` and `<code>.zh.md`."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid
from trust.rules import service
from trust.rules.codes import Code
from trust.rules.errors import AdoptedAlready
from trust.rules.text import Text, read

TEXTS = Path(__file__).parent / "texts"
FEE = "{platform_fee}"
"""Stands in a text for the platform's share of a released payment."""


class NoText(Exception):
    """A file is missing or not a text. The message is one sentence for the operator."""


def texts(folder: Path, *, fee_basis_points: int) -> dict[Code, Text]:
    """Every rule's text from a folder. Raises NoText."""
    return {code: _text(folder, code, fee_basis_points) for code in Code}


def _text(folder: Path, code: Code, fee_basis_points: int) -> Text:
    fee = f"{fee_basis_points // 100}.{fee_basis_points % 100:02d}".rstrip("0").rstrip(".") + "%"
    try:
        en, zh = (
            (folder / f"{code}.{language}.md").read_text(encoding="utf-8").replace(FEE, fee)
            for language in ("en", "zh")
        )
        return read(en, zh)
    except (OSError, UnicodeDecodeError) as error:
        raise NoText(f"{code}: {error}") from error
    except Invalid as error:
        field, sentence = next(iter(error.errors.items()))
        raise NoText(f"{code}.{field}.md: {sentence}") from error


async def adopt_all(tx: AsyncSession, found: dict[Code, Text]) -> list[Code]:
    """Put in force each text whose rule has none yet; which these are."""
    adopted = []
    for code, text in found.items():
        try:
            await service.adopt(tx, code, text)
        except AdoptedAlready:
            continue
        adopted.append(code)
    return adopted
