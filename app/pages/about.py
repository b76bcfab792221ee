"""Pages about Portolan itself: home for visitors, the choice of language, the API's description, kept mail."""

from typing import Annotated

from pydantic import BaseModel, Field
from starlette.responses import Response

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
