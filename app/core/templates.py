"""Jinja2: strict about names, escaping in everything but plain text, translated, with the house's filters."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined

from app.core import i18n
from app.core.ids import new_id

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"


def percent(value: Decimal | None) -> str:
    return "–" if value is None else f"{i18n.format_number(round(value, 2))}\u00a0%"


@cache
def environment(*, cache_dir: Path | None = None) -> Environment:
    """The one template environment of the process; compiled templates are kept in `cache_dir` between starts."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: not (name or "").endswith(".txt"),  # noqa: S701  the plain parts of mail
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=cache_dir is None,
        bytecode_cache=FileSystemBytecodeCache(str(cache_dir)) if cache_dir else None,
    )
    install: Any = env
    install.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)
    env.filters.update(
        money=i18n.format_money,
        price=i18n.format_price,
        number=i18n.format_number,
        ago=i18n.format_ago,
        exact=i18n.format_exact,
        date=i18n.format_date,
        percent=percent,
    )
    env.globals.update(new_key=lambda: str(new_id()), locales=i18n.LOCALES)
    return env
