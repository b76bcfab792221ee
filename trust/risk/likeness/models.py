"""Tables of likeness: prints of what companies showed and wrote, by which copies are found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, ref
from app.core.db import Base


class RiskPicture(Base):
    """The print of a picture that a company uploaded; `band_…` are its four parts of 16 bits.

    key  by which anybody may load the picture (SHA-256 of its largest size)
    """

    __tablename__ = "risk_picture"
    # With the print, so that what shares a band is looked at in the index alone: few of a thousand prints are near.
    __table_args__ = tuple(Index(f"ix_risk_picture_band_{band}", f"band_{band}", "print") for band in range(4))

    key: Mapped[str] = mapped_column(String(67), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True
    )
    print: Mapped[int] = mapped_column(BigInteger)
    band_0: Mapped[int] = mapped_column(Integer)
    band_1: Mapped[int] = mapped_column(Integer)
    band_2: Mapped[int] = mapped_column(Integer)
    band_3: Mapped[int] = mapped_column(Integer)
    seen_at: Mapped[datetime] = created()


class RiskText(Base):
    """The MinHash of a text that was sent in, by language; `seen_at` is when it first read as it does."""

    __tablename__ = "risk_text"
    __table_args__ = (
        Index("ix_risk_text_bands", "bands", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )

    subject_type: Mapped[str] = mapped_column(String(40), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    bands: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    seen_at: Mapped[datetime] = created()
