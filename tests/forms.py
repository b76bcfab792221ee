"""Fill in and send a form of a page as a browser without JavaScript would."""

from html.parser import HTMLParser
from typing import Any

from httpx import AsyncClient, Response


class _Forms(HTMLParser):
    """Collects the forms of a page with the values their fields already have."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, Any]] = {}
        self._form: dict[str, Any] | None = None
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {k: v or "" for k, v in attrs}
        if tag == "form":
            self._form = {"action": a.get("action", ""), "fields": {}, "id": a.get("id", "")}
        if self._form is None:
            return
        fields = self._form["fields"]
        name = a.get("name", "")
        if tag == "input" and name:
            if name == "_form":
                self.forms[a.get("value", "")] = self._form
            if a.get("type") in {"checkbox", "radio"}:
                if "checked" in a:
                    fields.setdefault(name, []).append(a.get("value", "on"))
            elif a.get("type") not in {"file", "submit"}:
                fields[name] = a.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in a or self._select not in fields):
            fields[self._select] = a.get("value", "")
        elif tag == "textarea":
            self._area = name
            fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            fields = self._form["fields"]
            fields[self._area] += data if fields[self._area] else data.removeprefix("\n")  # as browsers do

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None


def forms_of(html: str) -> dict[str, dict[str, Any]]:
    """Form id (the hidden `_form` field) → {action, fields}."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms


async def submit(
    http: AsyncClient, page: str, form: str, *, files: dict[str, Any] | None = None, **values: Any
) -> Response:
    """Open `page`, put `values` into its form named `form`, and post it. Double underscores stand for dots."""
    shown = await http.get(page)
    assert shown.status_code == 200, f"{page} answered {shown.status_code}"
    found = forms_of(shown.text)
    assert form in found, f"{page} has the forms {sorted(found)}, not {form!r}"
    fields = {**found[form]["fields"], **{k.replace("__", "."): v for k, v in values.items()}}
    return await http.post(found[form]["action"] or page, data=fields, files=files)
