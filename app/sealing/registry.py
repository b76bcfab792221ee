"""Every column whose values lie sealed, and every column that names sealed files, each with the context of its seals.

A house test finds columns of bytes that stand neither here nor among those that are no seals, and modules that seal
something without being named here (tests/house/test_sealing.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.statutory import preparing as statutory
from payments.cases import service as bank_cases
from payments.membership import waiving
from payments.payouts import accounts
from payments.runs import service as runs
from payments.statements import service as statements
from trust.authorities import service as authorities
from trust.cases import exhibits
from trust.goods import licences
from trust.goods import statements as end_use
from trust.identity.service import second_step
from trust.incidents import doing as incidents
from trust.operator import recording as operator
from trust.privacy import exporting
from trust.privacy import requests as privacy
from trust.quality import service as quality
from trust.restrictions import answering
from trust.rights import notices, notifiers
from trust.verification import papers, register


@dataclass(frozen=True, slots=True)
class Field:
    """A column whose values lie sealed.

    of  what the context is made of, as SQL over a row
    """

    table: str
    column: str
    context: Callable[..., str]
    of: tuple[str, ...] = ("id",)

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class Files:
    """A column that names files which lie sealed.

    rows  SQL: the row's `id`, a file's `key`, the `part` of which its context is made; an empty key or null is no file
    """

    table: str
    column: str
    context: Callable[..., str]
    rows: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


def _of_request(column: str) -> str:
    return (
        f"(SELECT o.{column} FROM organisation o JOIN verification_request v ON v.organisation_id = o.id"  # noqa: S608
        " WHERE v.id = register_entry.request_id)"
    )


FIELDS = (
    Field("award_objection", "objector_sealed", exhibits.sealed_for, of=("application_id",)),
    Field("bank_account", "sealed", accounts.seal_context),
    Field("bank_case_decision", "sealed", bank_cases.seal_context),
    Field("bank_line", "sealed", statements.seal_context),
    Field("case_file", "contact_sealed", exhibits.sealed_for),
    Field("ip_notice", "contact_sealed", notices.sealed_for),
    Field("ip_notifier", "email_sealed", lambda: notifiers.EMAIL, of=()),
    Field("member", "totp_sealed", second_step.sealed_for),
    Field("privacy_request", "sealed", privacy.sealed_for),
    Field("privacy_request", "extension_sealed", privacy.sealed_for),
    Field("privacy_request", "answer_sealed", privacy.sealed_for),
    Field(
        "register_entry", "sealed", register.context, of=(_of_request("country"), _of_request("registration_number"))
    ),
    Field("site_visit", "sealed", papers.context, of=("organisation_id",)),
    Field("verification_draft", "sealed", papers.context, of=("organisation_id",)),
    Field("verification_request", "representative_sealed", papers.context, of=("organisation_id",)),
    Field("verification_request", "private_sealed", papers.context, of=("organisation_id",)),
)


def _listed(table: str, column: str, *, id_: str = "id") -> str:
    """Files in a list of a company's row."""
    return (
        f"SELECT t.{id_} AS id, d ->> 'key' AS key, t.organisation_id AS part"  # noqa: S608
        f" FROM {table} t, jsonb_array_elements(t.{column}) d"
    )


def _one(table: str, key: str, part: str = "id") -> str:
    """One file of a row."""
    return f"SELECT id, {key} AS key, {part} AS part FROM {table}"  # noqa: S608


FILES = (
    Files(
        "authority_approval", "file", authorities.sealed_for, _one("authority_approval", "file ->> 'key'", "request_id")
    ),
    Files("authority_finding", "files", answering.seal_context, _listed("authority_finding", "files")),
    Files("authority_package", "file_key", authorities.sealed_for, _one("authority_package", "file_key", "request_id")),
    Files("authority_request", "letter", authorities.sealed_for, _one("authority_request", "letter ->> 'key'")),
    Files("award_file", "key", exhibits.sealed_for, _one("award_file", "key", "application_id")),
    Files(
        "case_exhibit",
        "key",
        exhibits.sealed_for,
        "SELECT e.id, e.key, e.case_id AS part FROM case_exhibit e JOIN case_file c ON c.id = e.case_id"
        " WHERE c.forgotten_at IS NULL",
    ),
    Files(
        "end_user_statement", "document", end_use.context, _one("end_user_statement", "document ->> 'key'", "order_id")
    ),
    Files(
        "goods_licence", "document", licences.context, _one("goods_licence", "document ->> 'key'", "organisation_id")
    ),
    Files("incident_duty", "file", incidents.sealed_for, _one("incident_duty", "file ->> 'key'")),
    Files("ip_paper", "key", exhibits.sealed_for, _one("ip_paper", "key", "subject_id") + " WHERE name <> ''"),
    Files("membership_waiver", "proof_key", waiving.sealed_for, _one("membership_waiver", "proof_key")),
    Files("operator_capital", "document", operator.sealed_for, _one("operator_capital", "document ->> 'key'")),
    Files("operator_penalty", "document", operator.sealed_for, _one("operator_penalty", "document ->> 'key'")),
    Files("payment_run", "file_key", runs.sealed_for, _one("payment_run", "file_key")),
    Files("personal_export", "file_key", exporting.sealed_for, _one("personal_export", "file_key")),
    Files("quality_work", "file", quality.sealed_for, _one("quality_work", "file ->> 'key'")),
    Files(
        "register_entry",
        "screenshot",
        papers.context,
        "SELECT e.id, e.screenshot AS key, v.organisation_id AS part FROM register_entry e"
        " JOIN verification_request v ON v.id = e.request_id",
    ),
    Files(
        "restriction_statement",
        "files",
        answering.seal_context,
        "SELECT s.id, d ->> 'key' AS key, r.organisation_id AS part FROM restriction_statement s"
        " JOIN restriction r ON r.id = s.restriction_id, jsonb_array_elements(s.files) d",
    ),
    Files("site_visit", "documents", papers.context, _listed("site_visit", "documents")),
    Files("statement_file", "file_key", lambda _id: statements.FILE_CONTEXT, _one("statement_file", "file_key")),
    Files("statutory_version", "file", statutory.sealed_for, _one("statutory_version", "file ->> 'key'")),
    Files("statutory_version", "receipt", statutory.sealed_for, _one("statutory_version", "receipt ->> 'key'")),
    Files(
        "verification_draft",
        "documents",
        papers.context,
        _listed("verification_draft", "documents", id_="organisation_id"),
    ),
    Files("verification_request", "documents", papers.context, _listed("verification_request", "documents")),
)
