"""Pages about Portolan itself: what it is, the choice of language, the API's description, and kept mail."""

from email.message import EmailMessage
from email.utils import make_msgid
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.core.display import currency_cookie
from app.core.errors import NotFound
from app.core.i18n import N_, _
from app.core.mail import KeptLetter, KeptMailer
from app.core.security import set_locale_cookie
from app.core.web import Answer, HouseRouter, Submitted, local_path
from orders.negotiation import answering
from orders.negotiation.answering import Outcome

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


class AnswerIn(BaseModel):
    """An answer to a kept letter, and how it arrives: from its reader's own server, forged, or with another address
    for answers."""

    text: Annotated[str, Field(min_length=1, max_length=8000)]
    way: Literal["own", "forged", "elsewhere"] = "own"


@router.post("/dev/mail/{name}/answers")
async def answer_letter(
    request: Request, answer: Answer, name: str, data: Annotated[AnswerIn, Submitted(AnswerIn)]
) -> Response:
    """Answer a kept letter as its reader's mail program and the mail servers between would."""
    letter = await _kept(request).letter(name)
    jobs = request.app.state.jobs
    outcome = await answering.receive(jobs, _answer(letter, data, jobs.settings.answers_authority))
    return answer.done(f"/dev/mail/{name}", {"outcome": outcome}, flash=_(OUTCOMES[outcome]))


OUTCOMES = {
    Outcome.TAKEN: N_("The answer was taken in as a message."),
    Outcome.HELD: N_("The answer was held back; its writer was told."),
    Outcome.REFUSED: N_("The answer was refused; its writer was told why."),
    Outcome.AGAIN: N_("This very answer came before."),
    Outcome.IGNORED: N_("The answer was ignored: the letter has no address for answers."),
}


def _answer(letter: KeptLetter, data: AnswerIn, authority: str) -> bytes:
    domain = letter.to.rpartition("@")[2]
    proof = "fail" if data.way == "forged" else "pass"
    mime = EmailMessage()
    mime["Authentication-Results"] = (
        f"{authority}; spf={proof} smtp.mailfrom={letter.to}; dkim={proof} header.d={domain}; "
        f"dmarc={proof} header.from={domain}"
    )
    mime["From"], mime["To"] = letter.to, letter.headers.get("Reply-To", letter.headers["From"])
    mime["Subject"] = f"Re: {letter.subject}"
    mime["Message-ID"] = make_msgid(domain=domain)
    if data.way == "elsewhere":
        mime["Reply-To"] = "accounts@elsewhere.example"
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    mime.set_content(f"{data.text}\n\nOn {letter.sent_at:%Y-%m-%d}, Portolan wrote:\n{quoted}\n")
    return mime.as_bytes()


def _kept(request: Request) -> KeptMailer:
    mailer = request.app.state.jobs.mailer
    if request.app.state.settings.production or not isinstance(mailer, KeptMailer):
        raise NotFound
    return mailer
