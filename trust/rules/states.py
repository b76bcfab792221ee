"""The life of a version of a rule. That it is in force, and that another took its place, follows from its days."""

from enum import StrEnum

from app.core.i18n import N_


class VersionState(StrEnum):
    DRAFT = "draft"
    CONSULTATION = "consultation"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class VersionMove(StrEnum):
    OPEN = "open"
    PUBLISH = "publish"
    ADOPT = "adopt"
    WITHDRAW = "withdraw"


S, M = VersionState, VersionMove
MOVES = {
    (S.DRAFT, M.OPEN): S.CONSULTATION,
    (S.CONSULTATION, M.PUBLISH): S.PUBLISHED,
    (S.DRAFT, M.ADOPT): S.PUBLISHED,
    (S.DRAFT, M.WITHDRAW): S.WITHDRAWN,
    (S.CONSULTATION, M.WITHDRAW): S.WITHDRAWN,
}
"""ADOPT is for the first text of a rule alone, before which there was none (the database holds to it)."""
LABELS = {
    S.DRAFT: N_("Draft"),
    S.CONSULTATION: N_("Consultation"),
    S.PUBLISHED: N_("Published"),
    S.WITHDRAWN: N_("Withdrawn"),
}
