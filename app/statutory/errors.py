"""What can go wrong with a statutory report."""

from app.core.errors import Conflict, NotFound


class FilingNotFound(NotFound):
    code = "statutory_filing_not_found"


class BooksDiffer(Conflict):
    """The table of income is not what the books say. Fact `differences`: by currency and part, in minor units."""

    code = "statutory_books_differ"


class PeriodRuns(Conflict):
    """The period is not over yet."""

    code = "statutory_period_runs"


class PeriodOver(Conflict):
    """Particulars of sellers are prepared as of today, for the last half-year alone."""

    code = "statutory_period_over"


class NothingToFile(Conflict):
    """Every version of it is filed, or none is prepared."""

    code = "statutory_nothing_to_file"


class SecondPersonNeeded(Conflict):
    """Whoever prepared or proposed it does not file it or agree to it."""

    code = "statutory_second_person_needed"


class NothingProposed(Conflict):
    """Nobody says that it is not due, or somebody does already."""

    code = "statutory_nothing_proposed"


class OperatorUnknown(Conflict):
    """The operator has not said yet who it is."""

    code = "statutory_operator_unknown"


class NobodyToEncryptFor(Conflict):
    """The authority's certificate is needed first."""

    code = "statutory_nobody_to_encrypt_for"
