"""What becomes of a statement's file, and of each of its lines."""

from enum import StrEnum

from app.core.i18n import N_


class FileState(StrEnum):
    READING = "reading"
    BOOKING = "booking"  # kept whole; its lines are being booked
    DONE = "done"
    REFUSED = "refused"  # nothing of it was kept


class FileMove(StrEnum):
    KEEP = "keep"
    REFUSE = "refuse"
    FINISH = "finish"


class LineStatus(StrEnum):
    NEW = "new"
    BOOKED = "booked"  # the books have it where it belongs
    CASE = "case"  # people decide


class Direction(StrEnum):
    CREDIT = "credit"
    DEBIT = "debit"


F, M = FileState, FileMove
FILE_MOVES = {
    (F.READING, M.KEEP): F.BOOKING,
    (F.READING, M.REFUSE): F.REFUSED,
    (F.BOOKING, M.FINISH): F.DONE,
}
FILE_LABELS = {
    F.READING: N_("Being read"),
    F.BOOKING: N_("Being booked"),
    F.DONE: N_("Imported"),
    F.REFUSED: N_("Refused"),
}
STATUS_LABELS = {
    LineStatus.NEW: N_("Not booked yet"),
    LineStatus.BOOKED: N_("Booked"),
    LineStatus.CASE: N_("Case"),
}
