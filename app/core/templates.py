"""Jinja2: strict about names, escaping in everything but plain text, translated, with the house's filters.

Macros are imported without a context, so that each file of them is run once and not with every page; what they must
know of the page they are used on they find in `here`.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    Template,
    pass_eval_context,
)
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

from app.core import i18n
from app.core.ids import new_id
from app.core.recent import Recent

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"


@dataclass
class Form:
    """The form that is being written: what was typed into it and refused, if it was."""

    id: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, name: str) -> str:
        """The DOM id of a field: the form's id and the field's name, dots as dashes."""
        return f"{self.id}-{name.replace('.', '-').replace('[]', '')}"

    def value_of(self, name: str, given: Any) -> str:
        """What stands in a field: what was typed before, else what is given."""
        typed = self.values.get(name, given)
        return "" if typed is None else str(typed)

    def chosen(self, name: str, given: Any) -> list[str]:
        """The same for a field of several values."""
        typed = self.values.get(name, given)
        return [str(one) for one in ([typed] if isinstance(typed, str) or not isinstance(typed, Iterable) else typed)]

    def state_of(self, name: str, help: Any, required: Any) -> Markup:  # noqa: A002  the macros' own word
        """A field's attributes: whether it must be filled in, whether it was refused, and what explains it."""
        refused = bool(self.errors.get(name))
        notes = [f"{self.id_of(name)}-{note}" for note, there in (("help", help), ("error", refused)) if there]
        described = Markup(' aria-describedby="%s"') % " ".join(notes) if notes else Markup("")
        return described + Markup(' aria-invalid="true"' * refused + " required" * bool(required))  # noqa: S704


@dataclass
class Here:
    """The page that is being written, as macros know it.

    path     with its query
    refused  the refused forms of this page by id: {values, errors}
    """

    path: str
    csrf_token: str
    refused: Mapping[str, Mapping[str, Any]]
    form: Form = field(default_factory=Form)

    @property
    def paged(self) -> str:
        """The page's address as far as the number of one of a list's pages."""
        path, _question, query = self.path.partition("?")
        kept = [part for part in query.split("&") if part and not part.startswith("page=")]
        return f"{path}?{'&'.join([*kept, 'page='])}"

    def open_form(self, form_id: str) -> None:
        self.form = Form(form_id, **self.refused.get(form_id, {}))

    def close_form(self) -> None:
        self.form = Form()


_here: ContextVar[Here] = ContextVar("here")


class _Here:
    """`here` in templates: the page at hand."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_here.get(), name)


@contextmanager
def writing(here: Here) -> Iterator[None]:
    """Within the block, templates are written for this page."""
    before = _here.set(here)
    try:
        yield
    finally:
        _here.reset(before)


def percent(value: Decimal | None) -> str:
    return "–" if value is None else f"{i18n.format_number(round(value, 2))}\u00a0%"


@lru_cache(maxsize=8192)
def _marked(locale: str, message: str, *, whole: bool) -> Markup:
    """A translated message for HTML; `whole` when nothing is to be filled in."""
    text = Markup(i18n.gettext(message))  # noqa: S704  our own catalogues
    return text % {} if whole else text


DIRECTIONAL = frozenset({"arrow", "arrow-back", "chevron", "logout", "refund", "rfq", "truck"})


@lru_cache(maxsize=1024)
def icon(name: str, label: str = "", size: str = "m") -> Markup:
    """An icon of the one sprite: `icon("ship")`. Decorative by default; with `label` it stands alone and means that."""
    meaning = Markup('role="img" aria-label="%s"') % label if label else Markup('aria-hidden="true"')
    turning = " icon-directional" if name in DIRECTIONAL else ""
    return Markup('<svg class="icon icon-%s%s" %s focusable="false"><use href="/static/icons.svg#%s"></use></svg>') % (
        size,
        turning,
        meaning,
        name,
    )


@pass_eval_context
def _gettext(context: EvalContext, message: str, /, **values: Any) -> str:
    if not context.autoescape:
        return i18n.gettext(message) % values
    text = _marked(i18n.current_locale(), message, whole=not values)
    return text % values if values else text


@pass_eval_context
def _ngettext(context: EvalContext, singular: str, plural: str, num: int, /, **values: Any) -> str:
    text = i18n.ngettext(singular, plural, num)
    values.setdefault("num", num)
    return (Markup(text) if context.autoescape else text) % values  # noqa: S704  our own catalogues


DISPLAY_CURRENCIES = ("AUD", "CAD", "CHF", "CNY", "EUR", "GBP", "HKD", "INR", "JPY", "KRW", "SGD", "USD")
"""In which prices can be shown beside their own; others may be asked for by their code."""
METHODS = frozenset(dir(dict))


_special = re.compile("[&<>'\"]").search


def _escaped(value: Any) -> str:
    """As `escape`, for what is joined with other text at once: what is HTML already, or has nothing to be escaped,
    goes out as it stands; the original copies it.
    """
    kind = type(value)
    if kind is Markup or (kind is str and _special(value) is None):
        return value  # type: ignore[no-any-return]
    return escape(value)


class HouseTemplate(Template):
    """A file of macros is run once; the original looks with every import whether globals of its own forbid that."""

    @classmethod
    def _from_namespace(
        cls,
        environment: Environment,
        namespace: MutableMapping[str, Any],
        globals: MutableMapping[str, Any],  # noqa: A002
    ) -> Template:
        namespace["escape"] = _escaped
        return super()._from_namespace(environment, namespace, globals)

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002  the original's
        return super()._get_default_module()


REMEMBERED = type(icon)
"""Functions with an `lru_cache`."""


class HouseContext(Context):
    """Calls macros and plain functions at once; the original looks into each anew for what it wants to be told."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = type(called)
        if kind is Macro or called is _gettext or called is _ngettext:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return called(self.eval_ctx, *args, **kwargs)
        if kind is REMEMBERED or (kind is FunctionType and not called.__dict__):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return called(*args, **kwargs)
        return super().call(called, *args, **kwargs)


class HouseEnvironment(Environment):
    """Finds an entry of a dictionary at once, not after an attribute that is not there."""

    template_class = HouseTemplate
    context_class = HouseContext

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj and attribute not in METHODS:
            return obj[attribute]
        return super().getattr(obj, attribute)


KEPT = 3 * 2**20
"""Bytes; a product page's part has some 5,000. As UTF-8, for one Chinese character doubles the size of a text."""
LARGE = 2**20
"""Bytes of whole lists, of some 25,000 each: apart from the others, or a few dozen of them would push all those out."""
_kept: Recent[tuple[Hashable, ...], bytes] = Recent(KEPT, len)
_large: Recent[tuple[Hashable, ...], bytes] = Recent(LARGE, len)


def kept(*key: Hashable, caller: Callable[[], str]) -> str:
    """Write a part of a page once and remember it: `{% call kept("product", revision, supplier) %}…{% endcall %}`.

    key  everything that the part depends on, but for the reader's language and time zone, which are added
    """
    return _written_once(_kept, key, caller)


def kept_large(*key: Hashable, caller: Callable[[], str]) -> str:
    """As `kept`, for a whole list."""
    return _written_once(_large, key, caller)


def once(macro: Macro, *values: Hashable) -> Markup:
    """What a macro of a file of macros writes of `values`: remembered as by `kept`, and found at less cost, for lists
    ask dozens of times.
    """
    key = (macro, i18n.current_locale(), i18n.current_zone(), *values)
    found = _kept.get(key)
    if found is None:
        found = _kept.keep(key, macro(*values).encode())
    return Markup(found.decode())  # noqa: S704  as the macro escaped it


def _written_once(
    memory: Recent[tuple[Hashable, ...], bytes], key: tuple[Hashable, ...], caller: Callable[[], str]
) -> str:
    whole = (i18n.current_locale(), i18n.current_zone(), *key)
    return memory.get_or_make(whole, lambda: caller().encode()).decode()


@cache
def environment(*, cache_dir: Path | None = None) -> Environment:
    """The one template environment of the process; compiled templates are kept in `cache_dir` between starts."""
    env = HouseEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: not (name or "").endswith(".txt"),  # the plain parts of mail
        undefined=StrictUndefined,
        extensions=["jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=cache_dir is None,
        bytecode_cache=FileSystemBytecodeCache(str(cache_dir)) if cache_dir else None,
    )
    env.filters.update(
        money=i18n.format_money,
        price=i18n.format_price,
        number=i18n.format_number,
        ago=i18n.format_ago,
        exact=i18n.format_exact,
        date=i18n.format_date,
        country_name=i18n.country_name,
        percent=percent,
    )
    env.globals.update(
        _=_gettext,
        gettext=_gettext,
        ngettext=_ngettext,
        here=_Here(),
        icon=icon,
        kept=kept,
        kept_large=kept_large,
        once=once,
        new_key=lambda: str(new_id()),
        locales=i18n.LOCALES,
        display_currencies=DISPLAY_CURRENCIES,
    )
    return env
