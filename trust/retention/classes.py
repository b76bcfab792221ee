"""How long what is kept, from when, and by which law: the matrix that the jobs go by and the desk shows.

`floor` is what the law asks for at least, `kept` what this platform keeps, so `kept >= floor`; a legal hold wins over
both. Times are of the law as of `AS_OF`; whoever changes one adds a line to docs/RETENTION.md.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from app.core.i18n import N_

AS_OF = date(2026, 11, 23)
YEAR = timedelta(days=365)
LEAP = timedelta(days=1)
"""For three years and more: with it, no calendar makes them shorter than the law's."""


@dataclass(frozen=True, slots=True)
class Retention:
    """One class of records. `kept` None: for good.

    what   is kept, and what of it is erased
    since  from when the time runs
    law    that asks for it
    """

    key: str
    label: str
    what: str
    since: str
    law: str
    kept: timedelta | None
    floor: timedelta | None = None

    @property
    def period(self) -> timedelta:
        """`kept`, of what is not kept for good."""
        if self.kept is None:
            raise ValueError(f"{self.key} is kept for good")
        return self.kept


DEAL = Retention(
    "deal",
    N_("Deals"),
    N_("Inquiry, messages, offers, contract, signatures, trade documents and files of a deal are erased together."),
    N_("The last thing that happened to the deal"),
    N_("E-Commerce Law (PRC) art. 31: three years after completion. Dual-use regulation: five years."),
    kept=5 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
CONTESTED_DEAL = Retention(
    "contested_deal",
    N_("Deals with a chargeback"),
    N_("As other deals, and what was said to the buyer's bank."),
    N_("The last thing that happened to the deal"),
    N_("Records that matter to payment and sanctions rules: ten years (31 CFR 501.601)."),
    kept=10 * YEAR + 3 * LEAP,
    floor=3 * YEAR + LEAP,
)
CASES = Retention(
    "cases",
    N_("Complaints, reports and disputes"),
    N_("What people wrote and showed is erased; between whom a case was, and its ruling, stay."),
    N_("The case ends"),
    N_("E-Commerce Law (PRC) art. 31, 62: three years; kept five, as long as the deals they are about."),
    kept=5 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
RIGHTS = Retention(
    "rights",
    N_("Rights and notices about them"),
    N_("What was written and shown is erased; between whom a notice was, about which listings, and its outcome, stay."),
    N_("The last thing that happened to the notice; a right was entered and carries no notice any more"),
    N_("E-Commerce Law (PRC) art. 31, 41-44: three years; kept five, as complaints are."),
    kept=5 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
REFUSED_VERIFICATION = Retention(
    "refused_verification",
    N_("Refused verifications"),
    N_("The documents and particulars that a company sent in and that were not accepted."),
    N_("The decision"),
    N_("Personal Information Protection Law (PRC) art. 19, 47: no longer than needed."),
    kept=YEAR,
)
VERIFICATION_DRAFT = Retention(
    "verification_draft",
    N_("Drafts of verifications"),
    N_("What a company typed and uploaded and did not hand in."),
    N_("It was last saved"),
    N_("Personal Information Protection Law (PRC) art. 19: no longer than needed."),
    kept=timedelta(days=90),
)
SELLER_IDENTITY = Retention(
    "seller_identity",
    N_("Accepted verifications"),
    N_("Who a company is and how that was checked."),
    N_("The company has left the platform"),
    N_("Network Transactions Measures (PRC) art. 31: three years after exit."),
    kept=3 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
SCREENING = Retention(
    "screening",
    N_("Matches with sanctions lists"),
    N_("Who was like whom, the score with its reasons, and who decided what of it."),
    N_("The match is over and was decided last"),
    N_("Records of sanctions: ten years (31 CFR 501.601)."),
    kept=10 * YEAR + 3 * LEAP,
    floor=10 * YEAR + 3 * LEAP,
)
EXPORT_CONTROL = Retention(
    "export_control",
    N_("Export control"),
    N_("Findings of controlled goods, licences and their use, statements of end users, reports to the authority."),
    N_("The last decision, or the licence's last day"),
    N_("Dual-use regulation (PRC) art. 27: five years."),
    kept=5 * YEAR + 3 * LEAP,
    floor=5 * YEAR + 2 * LEAP,
)
SIGN_INS = Retention(
    "sign_ins",
    N_("Sign-ins"),
    N_("Address and browser of each sign-in."),
    N_("The session ends"),
    N_("Cybersecurity Law (PRC) art. 21: logs for six months at least."),
    kept=timedelta(days=400),
    floor=timedelta(days=183),
)
APPLICATIONS = Retention(
    "applications",
    N_("Unfinished registrations"),
    N_("Registrations nobody confirmed, and links that were sent by mail."),
    N_("They expire"),
    N_("Personal Information Protection Law (PRC) art. 19: no longer than needed."),
    kept=timedelta(days=7),
)
RISK = Retention(
    "risk",
    N_("Findings of risk"),
    N_("What rules found, with hashes and masked words instead of texts, and what reviewers made of it."),
    N_("The finding"),
    N_("Personal Information Protection Law (PRC) art. 19, 24; E-Commerce Law (PRC) art. 31: three years."),
    kept=3 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
EXPORTS = Retention(
    "exports",
    N_("Who took out how much"),
    N_("How many documents and lines of lists a member took out on a day; what was usual for each role stays."),
    N_("The day"),
    N_("Personal Information Protection Law (PRC) art. 19, 51: no longer than it takes to know what is usual."),
    kept=timedelta(days=90),
)
LETTERS = Retention(
    "letters",
    N_("Answers by mail"),
    N_("That a letter came, and what it says where it was held back. A message made of one belongs to its deal."),
    N_("It came"),
    N_("Personal Information Protection Law (PRC) art. 19: no longer than needed."),
    kept=timedelta(days=30),
)
CREDIT_EXPORT = Retention(
    "credit_export",
    N_("Credit files taken along"),
    N_("The files that were made for companies; their hashes stay, and so do credit files and ratings themselves."),
    N_("It was made"),
    N_("E-Commerce Law (PRC) art. 39: ratings are not deleted. Copies are kept no longer than needed (PIPL art. 19)."),
    kept=timedelta(days=30),
)
PRIVACY_REQUEST = Retention(
    "privacy_request",
    N_("Requests about personal data"),
    N_("What a person asked and what was answered is erased; that it was asked and answered in time stays."),
    N_("The request is over"),
    N_("Personal Information Protection Law (PRC) art. 50, 69; GDPR art. 5(2): three years, to prove the answer."),
    kept=3 * YEAR + 2 * LEAP,
)
LOOKS = Retention(
    "looks",
    N_("Who of the platform looked at personal data"),
    N_("Who looked, at whose, what, when and why."),
    N_("The look"),
    N_("Personal Information Protection Law (PRC) art. 51, 56: three years."),
    kept=3 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
PERSONAL_EXPORT = Retention(
    "personal_export",
    N_("Copies of one's own data"),
    N_("The files that were made for people to take along."),
    N_("It was made"),
    N_("Personal Information Protection Law (PRC) art. 19: no longer than needed."),
    kept=timedelta(days=7),
)
INCIDENTS = Retention(
    "incidents",
    N_("Incidents"),
    N_("What was written about an incident, and what was sent, is erased; that it was, and was told in time, stays."),
    N_("The incident is over"),
    N_("GDPR art. 33(5); Personal Information Protection Law (PRC) art. 56, 57: three years, kept five."),
    kept=5 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
AUTHORITY_REQUESTS = Retention(
    "authority_requests",
    N_("Requests of authorities"),
    N_("What was asked about whom, and the letters, are erased; that it was asked and answered, and hashes, stay."),
    N_("The request is over"),
    N_("E-Commerce Law (PRC) art. 25; Personal Information Protection Law (PRC) art. 41, 56: three years, kept five."),
    kept=5 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
OBJECTIONS = Retention(
    "objections",
    N_("Objections to a title"),
    N_("Who objected, what they wrote and showed, is erased; that somebody did, and the decision, stay."),
    N_("The application is over"),
    N_("Personal Information Protection Law (PRC) art. 19, 47: no longer than needed; three years, as for complaints."),
    kept=3 * YEAR + 2 * LEAP,
    floor=3 * YEAR + LEAP,
)
STATUTORY_REPORTS = Retention(
    "statutory_reports",
    N_("Statutory reports"),
    N_("What was reported of sellers, and the receipts, are erased; that it was filed and when, and hashes, stay."),
    N_("The version was prepared"),
    N_("Implementation Rules of the Tax Collection Law (PRC) art. 29: ten years."),
    kept=10 * YEAR + 3 * LEAP,
    floor=10 * YEAR + 3 * LEAP,
)
TRAFFIC = Retention(
    "traffic",
    N_("Page views"),
    N_("Views with marks instead of addresses are erased by whole days; counts by day, which are nobody's, stay."),
    N_("The day of the view"),
    N_("Personal Information Protection Law (PRC) art. 19: no longer than a year's figures can be checked."),
    kept=timedelta(days=400),
)
BOOKS = Retention(
    "books",
    N_("Books and bank statements"),
    N_("Entries, payments, invoices and statements: nothing is erased."),
    N_("Always"),
    N_("Accounting rules: vouchers thirty years. Payment rules: three years of statements."),
    kept=None,
    floor=30 * YEAR + 8 * LEAP,
)
PROOFS = Retention(
    "proofs",
    N_("Hashes and published roots"),
    N_("The evidence chains without people's words, their hashes, and the log over them."),
    N_("Always"),
    N_("They hold no personal data and prove what was erased."),
    kept=None,
)
CLASSES = (
    DEAL,
    CONTESTED_DEAL,
    CASES,
    RIGHTS,
    REFUSED_VERIFICATION,
    VERIFICATION_DRAFT,
    SELLER_IDENTITY,
    SCREENING,
    EXPORT_CONTROL,
    SIGN_INS,
    APPLICATIONS,
    RISK,
    EXPORTS,
    LETTERS,
    CREDIT_EXPORT,
    PRIVACY_REQUEST,
    LOOKS,
    PERSONAL_EXPORT,
    INCIDENTS,
    AUTHORITY_REQUESTS,
    OBJECTIONS,
    STATUTORY_REPORTS,
    TRAFFIC,
    BOOKS,
    PROOFS,
)
