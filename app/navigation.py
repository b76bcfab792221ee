"""Where one can go from every page, by who is signed in. Only addresses that exist."""

from typing import Any

from fastapi import Request

from app.core.i18n import _
from trust.access import Member


def links(request: Request, member: Member | None) -> dict[str, list[dict[str, Any]]]:
    """`nav`, `account_nav` and `footer_nav` for base.html: href, label, icon, current, count."""
    here = request.url.path

    def link(href: str, label: str, icon: str) -> dict[str, Any]:
        current = here == href or (href != "/" and here.startswith(f"{href}/"))
        return {"href": href, "label": label, "icon": icon, "current": current, "count": 0}

    return {"nav": [], "account_nav": [], "footer_nav": [link("/healthz", _("System health"), "shield")]}
