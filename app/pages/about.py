"""Pages about Portolan itself: what it is, the choice of language, the API's description, and kept mail."""

from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.core.display import currency_cookie
from app.core.errors import NotFound
from app.core.mail import KeptMailer
from app.core.security import set_locale_cookie
from app.core.web import Answer, HouseRouter, Submitted, local_path

router = HouseRouter(include_in_schema=False)


class LocaleChoice(BaseModel):
    locale: str = Field(max_length=20)
    next: str = Field("/", max_length=2000)


@router.post("/locale")
async def choose_locale(answer: Answer, data: Annotated[LocaleChoice, Submitted(LocaleChoice)]) -> Response:
    """Remember a language in this browser."""
    response = answer.done(local_path(data.next) or "/")
    response.headers.append(*set_locale_cookie(data.locale))
    return response


class CurrencyChoice(BaseModel):
    currency: str = Field("", max_length=3)
    next: str = Field("/", max_length=2000)


@router.post("/currency")
async def choose_currency(answer: Answer, data: Annotated[CurrencyChoice, Submitted(CurrencyChoice)]) -> Response:
    """Remember in this browser in which other currency prices are shown; none switches that off."""
    response = answer.done(local_path(data.next) or "/")
    response.headers.append(*currency_cookie(data.currency))
    return response


@router.get("/about")
async def about(answer: Answer) -> Response:
    """What Portolan is, how money is held, and what it is not."""
    return answer.show("home/about.html", None)


@router.get("/api/docs")
async def api_docs(request: Request, answer: Answer) -> Response:
    """Every address of the API, drawn from its own description."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in request.app.openapi()["paths"].items():
        for method, operation in methods.items():
            group = (operation.get("tags") or ["other"])[0]
            said = operation.get("description") or operation.get("summary") or ""
            entry = {"method": method.upper(), "path": f"/api/v1{path}", "text": said.split("\n")[0]}
            groups.setdefault(group, []).append(entry)
    return answer.show("home/api.html", None, groups=dict(sorted(groups.items())))


@router.get("/dev/mail")
async def kept_mail(request: Request, answer: Answer) -> Response:
    """Mail that would have been sent, in development."""
    return answer.show("home/mail.html", None, letters=await _kept(request).letters(), letter=None)


@router.get("/dev/mail/{name}")
async def kept_letter(request: Request, answer: Answer, name: str) -> Response:
    """One kept letter."""
    kept = _kept(request)
    return answer.show("home/mail.html", None, letters=await kept.letters(), letter=await kept.letter(name))


def _kept(request: Request) -> KeptMailer:
    mailer = request.app.state.jobs.mailer
    if request.app.state.settings.production or not isinstance(mailer, KeptMailer):
        raise NotFound
    return mailer
