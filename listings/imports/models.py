"""Tables of imports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from listings.states import IMPORT_MOVES, ImportState


class Import(Stateful, Base):
    """A sheet of products on its way in: read through first, then written in batches; `done` counts rows passed.

    errors    [{"row", "field", "message"}] of the first rows that do not fit, messages in the member's language
    problem   why the sheet as a whole could not be read
    """

    __tablename__ = "product_import"
    __table_args__ = (Index("ix_product_import_organisation", "organisation_id", "id"),)
    MOVES = IMPORT_MOVES
    SUBJECT = "product_import"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    state: Mapped[ImportState] = mapped_column(String(20), default=ImportState.CHECKING)
    filename: Mapped[str] = mapped_column(String(200))
    file_key: Mapped[str] = mapped_column(String(67))
    locale: Mapped[str] = mapped_column(String(10))
    send: Mapped[bool] = mapped_column(Boolean, default=False)
    total: Mapped[int] = mapped_column(Integer, default=0)
    wrong: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    added: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    errors: Mapped[list[dict[str, Any]]] = jsonb()
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = created()
    finished_at: Mapped[datetime | None] = moment(nullable=True)
