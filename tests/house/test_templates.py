"""Every template compiles in the house's environment, says nothing untranslated and carries no style or script."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from app.core.templates import TEMPLATES, environment

STATIC = Path(__file__).parents[2] / "app/static"
ENV = environment()
NAMES = sorted(name for name in ENV.list_templates() if name.endswith((".html", ".txt")))
PAGES = [name for name in NAMES if name.endswith(".html")]
SHEETS = sorted(str(path.relative_to(STATIC)) for path in STATIC.glob("css/**/*.css"))

SPOKEN = {"alt", "aria-label", "aria-description", "placeholder", "title"}
NO_LANGUAGE = {"Portolan", "EN", "English", "中文", "SHA-256"}  # the same in every language
DEFAULT_KINDS = {"button-plain", "avatar-m"}  # what their component is without a kind
ATTRIBUTE_BLOCKS = {"main_class", "body_attributes"}
SILENT_TAGS = {"style", "code", "kbd"}
SAID_BY = {"_", "gettext", "ngettext", "pgettext"}
LETTERS = re.compile(r"[^\W\d_]{2,}")
ADDRESS = re.compile(r"/[\w/?=&.-]*")
SENTENCE = re.compile(r"^[A-Z][a-z]+( \w|[.!?]?$)")
PHYSICAL = re.compile(
    r"(?<![\w-])((margin|padding|border)-(left|right|top|bottom)|(left|right|top|bottom|width|height"
    r"|(min|max)-(width|height)))\s*:|(?<![\w-])(float|clear|text-align)\s*:\s*(left|right)\b"
)


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()


def written(text: str) -> str:
    """What the template writes for readers: without tags, expressions, comments, {% trans %} bodies and attributes."""
    kept: list[str] = []
    left_out = False
    tokens = [(kind, value) for _, kind, value in ENV.lex(text) if kind != "whitespace"]
    for at, (kind, value) in enumerate(tokens):
        if kind == "block_begin":
            tag, name = tokens[at + 1][1], tokens[at + 2][1]
            left_out = tag in ("trans", "pluralize") or (tag == "block" and name in ATTRIBUTE_BLOCKS)
        elif kind == "data" and not left_out:
            kept.append(value)
    return "".join(kept)


class Markup(HTMLParser):
    """Collects the words a page would show as they stand, and the attributes that do not belong into it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.own_style: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        named = dict(attrs)
        self.own_style += [key for key in named if key == "style" or key.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in named):
            self.own_style.append(f"<{tag}>")
        self.words += [value for key, value in attrs if key in SPOKEN and value and LETTERS.search(value)]

    def handle_endtag(self, _tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open not in SILENT_TAGS:
            self.words += [part.strip() for part in data.splitlines() if LETTERS.search(part)]


def untranslated_arguments(tree: nodes.Node) -> Iterator[str]:
    """Sentences handed to a macro or set as a value without going through gettext."""
    for child in tree.iter_child_nodes():
        if isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name) and child.node.name in SAID_BY:
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str) and SENTENCE.match(child.value):
            yield child.value
        yield from untranslated_arguments(child)


def outcomes(node: nodes.Node | None) -> set[str]:
    """The strings an expression may come to, as far as they stand in it."""
    match node:
        case nodes.Const(value=str(text)):
            return {text}
        case nodes.CondExpr():
            return outcomes(node.expr1) | outcomes(node.expr2)
        case nodes.Or():
            return outcomes(node.left) | outcomes(node.right)
        case nodes.Call(node=nodes.Getattr(node=nodes.Dict() as known, attr="get")):
            return set().union(*(outcomes(pair.value) for pair in known.items), *map(outcomes, node.args[1:]))
    return set()


def icons_asked_for(tree: nodes.Node) -> set[str]:
    calls = list(tree.find_all(nodes.Call))
    named = (call.args[0] for call in calls if isinstance(call.node, nodes.Name) and call.node.name == "icon")
    given = (pair.value for call in calls for pair in call.kwargs if pair.key == "icon_name")
    return set().union(*map(outcomes, named), *map(outcomes, given)) - {""}


@pytest.mark.parametrize("name", NAMES)
def test_compiles(name: str) -> None:
    ENV.get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_names_only_templates_that_exist(name: str) -> None:
    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    asked = ENV.parse(source(name)).find_all(kinds)
    assert set().union(*(outcomes(getattr(node, "template", None)) for node in asked)) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_word_is_translated(name: str) -> None:
    said = set(Markup(written(source(name))).words) - NO_LANGUAGE - {"· Portolan"}
    assert {word for word in said if not ADDRESS.fullmatch(word)} == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_is_translated(name: str) -> None:
    assert set(untranslated_arguments(ENV.parse(source(name)))) - NO_LANGUAGE == set()


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("mail/")])
def test_has_no_style_or_script_of_its_own(name: str) -> None:
    assert Markup(written(source(name))).own_style == []


@pytest.mark.parametrize("name", PAGES)
def test_asks_only_for_icons_we_have(name: str) -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    assert icons_asked_for(ENV.parse(source(name))) <= drawn


def test_the_checks_see_what_they_look_for() -> None:
    markup = Markup(
        written(
            '<p style="a" onclick="b" title="Two words">{% trans %}Said{% endtrans %}{{ x }} Bare</p><style></style>'
        )
    )
    assert markup.own_style == ["style", "onclick", "<style>"]
    assert markup.words == ["Two words", "Bare"]
    assert list(untranslated_arguments(ENV.parse('{{ card("Open orders") }}{{ card(_("Open orders")) }}'))) == [
        "Open orders"
    ]
    assert icons_asked_for(ENV.parse('{{ icon("a") }}{{ icon("b" if x else "c") }}{{ f(icon_name="d") }}')) == set(
        "abcd"
    )
    assert [bool(PHYSICAL.search(css)) for css in ("margin-left: 0", "a { width: 1px }", "inline-size: 1px")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("name", SHEETS)
def test_styles_are_logical(name: str) -> None:
    css = re.sub(r"/\*.*?\*/|@(media|container)[^{]*\{", "", (STATIC / name).read_text(), flags=re.DOTALL)
    assert [match.group() for match in PHYSICAL.finditer(css)] == []


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("mail/")])
def test_wears_only_classes_we_have(name: str) -> None:
    styles = "".join((STATIC / sheet).read_text() for sheet in SHEETS)
    known = set(re.findall(r"\.([a-z][\w-]*)", styles)) | DEFAULT_KINDS
    worn = {word for value in re.findall(r'class="([^"]*)"', written(source(name))) for word in value.split()}
    begun = {word for word in worn if word.endswith("-") and any(other.startswith(word) for other in known)}
    assert worn - begun <= known


def test_every_sheet_is_imported_once() -> None:
    imported = re.findall(r'@import url\("([^"]+)"\)', (STATIC / "css/portolan.css").read_text())
    assert sorted(f"css/{name}" for name in imported) == [name for name in SHEETS if name != "css/portolan.css"]


@pytest.mark.parametrize("name", SHEETS)
def test_every_token_is_defined(name: str) -> None:
    tokens = set(re.findall(r"(--[\w-]+):", (STATIC / "css/tokens.css").read_text()))
    assert set(re.findall(r"var\((--[\w-]+)", (STATIC / name).read_text())) <= tokens
