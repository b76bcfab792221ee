"""The table of evidence bundles that somebody asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, moment, pk, ref
from app.core.db import Base
from app.core.states import Stateful
from orders.bundles.states import MOVES, BundleState


class Bundle(Stateful, Base):
    """The evidence of one deal, packed for one company (`organisation_id`: a party of it, or the platform).

    done, total  files packed, and files to pack; total is 0 until that is known
    size         of the ZIP, in bytes
    """

    __tablename__ = "bundle"
    __table_args__ = (
        CheckConstraint("(state = 'ready') = (file_key <> '')", name="ready_has_file"),
        Index("ix_bundle_organisation", "organisation_id", "id"),
        Index("ix_bundle_expires_at", "expires_at", postgresql_where=text("state <> 'gone'")),
    )
    MOVES = MOVES
    SUBJECT = "bundle"

    id: Mapped[UUID] = pk()
    inquiry_id: Mapped[UUID] = ref("inquiry.id")
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID] = ref("member.id", index=False)
    number: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[BundleState] = mapped_column(String(20), default=BundleState.MAKING)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    file_key: Mapped[str] = mapped_column(String(67), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = created()
    expires_at: Mapped[datetime] = moment()
