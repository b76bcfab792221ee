"""What reading pictures tells the rest of the house."""

from dataclasses import dataclass

from app.core.jobs import Event
from app.core.subject import Subject


@dataclass(frozen=True)
class PicturesRead(Event):
    """All pictures that were asked about for a thing have been read, or could not be."""

    subject: Subject
