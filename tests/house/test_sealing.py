"""What lies sealed is known to one registry: no column of bytes and no module that seals is left out of it."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.sealing.registry import FIELDS, FILES
from app.tables import metadata

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("app", "listings", "orders", "payments", "trust")
UNSEALED = {
    "one-way marks and hashes": (
        "api_key.mark bank_line.mark case_file.code_mark evidence_link.hash evidence_link.previous goods_finding.digest"
        " invitation.mark ip_notifier.email_mark ip_notifier_access.mark logged_head.head one_time_token.mark"
        " passkey_challenge.browser passkey_challenge.mark privacy_request.confirm_mark privacy_request.email_mark"
        " privacy_request.link_mark recovery_code.mark register_entry.mark registration.mark resealed_file.key_id"
        " risk_trait.digest session.device session.mark tree_head.root tree_node.hash"
        " traffic_signed_in.visitor verification_request.representative_mark web_event.device web_event.device_before"
        " web_event.visitor"
    ),
    "salts, public keys and signatures": (
        "evidence_private.salt passkey.credential_id passkey.public_key signature.certificate signature.seal"
        " traffic_salt.salt tree_head.token"
    ),
    "files and answers as they go out": "credit_export.content credit_export.pdf idempotency_key.body",
    "files on their way to the store, which lie as they were put": "spooled_file.data",
}
"""Columns of bytes that are no seals, by what they are."""

KEEPERS = {"keep", "keep_files", "keep_papers", "seal_papers"}
"""Functions of the modules below that seal files for whoever calls them."""
SEALING_FOR_OTHERS = {"app/core/crypto.py", "trust/sealed.py", "trust/goods/papers.py"}
SEALING = {
    "app/award/dossier_web.py": "award_file.key",
    "app/award/objecting.py": "award_objection.objector_sealed",
    "app/award/public_web.py": "award_file.key",
    "app/demo/bank_day.py": "statement_file.file_key",
    "app/demo/cast.py": "verification_request.documents",
    "app/demo/controlled.py": "goods_licence.document",
    "app/demo/quality.py": "quality_work.file",
    "app/demo/rights.py": "ip_paper.key",
    "app/demo/registers.py": "authority_request.letter",
    "app/pages/authorities.py": "authority_package.file_key",
    "app/pages/filing.py": "case_exhibit.key",
    "app/pages/quality.py": "quality_work.file",
    "app/pages/rights.py": "ip_paper.key",
    "app/statutory/preparing.py": "statutory_version.file",
    "app/statutory/web.py": "statutory_version.receipt",
    "orders/deals/disputing_web.py": "case_exhibit.key",
    "orders/deals/end_use_web.py": "end_user_statement.document",
    "payments/cases/service.py": "bank_case_decision.sealed",
    "payments/membership/waiving.py": "membership_waiver.proof_key",
    "payments/payouts/accounts.py": "bank_account.sealed",
    "payments/runs/service.py": "payment_run.file_key",
    "payments/statements/service.py": "bank_line.sealed statement_file.file_key",
    "payments/statements/web.py": "statement_file.file_key",
    "trust/authorities/packages.py": "authority_package.file_key",
    "trust/authorities/web.py": "authority_request.letter authority_approval.file",
    "trust/cases/exhibits.py": "case_exhibit.key ip_paper.key",
    "trust/cases/filing.py": "case_file.contact_sealed",
    "trust/cases/report_web.py": "case_exhibit.key",
    "trust/cases/web.py": "case_exhibit.key",
    "trust/goods/licences_web.py": "goods_licence.document",
    "trust/identity/service/second_step.py": "member.totp_sealed",
    "trust/incidents/web.py": "incident_duty.file",
    "trust/operator/web.py": "operator_capital.document operator_penalty.document",
    "trust/privacy/desk.py": "privacy_request.extension_sealed privacy_request.answer_sealed",
    "trust/privacy/exporting.py": "personal_export.file_key",
    "trust/privacy/requests.py": "privacy_request.sealed",
    "trust/restrictions/answering.py": "restriction_statement.files authority_finding.files",
    "trust/restrictions/desk_web.py": "authority_finding.files",
    "trust/restrictions/web.py": "restriction_statement.files",
    "trust/rights/notices.py": "ip_notice.contact_sealed",
    "trust/rights/notifiers.py": "ip_notifier.email_sealed",
    "trust/rights/web.py": "ip_paper.key",
    "trust/verification/desk_web.py": "register_entry.screenshot site_visit.documents",
    "trust/verification/drafts.py": "verification_draft.sealed",
    "trust/verification/papers.py": "verification_draft.documents verification_request.documents",
    "trust/verification/register.py": "register_entry.sealed",
    "trust/verification/reviewing.py": "site_visit.sealed",
    "trust/verification/service.py": "verification_request.representative_sealed verification_request.private_sealed",
    "trust/verification/web.py": "verification_draft.documents verification_request.documents",
}
"""Who seals what. Whoever seals something new says here what, and in the registry for which context."""


def said(words: dict[str, str]) -> set[str]:
    return {name for names in words.values() for name in names.split()}


def test_every_column_of_bytes_is_a_seal_of_the_registry_or_none():
    there = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    fields = {str(field) for field in FIELDS}
    assert fields & said(UNSEALED) == set()
    assert there - fields - said(UNSEALED) == set(), "name it in app/sealing/registry.py, or here as no seal"
    assert (fields | said(UNSEALED)) - there == set(), "these are gone"


def test_what_is_called_sealed_is_sealed():
    called = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary) and column.name.endswith("sealed")
    }
    assert called == {str(field) for field in FIELDS}


@pytest.mark.parametrize("place", [*FIELDS, *FILES], ids=str)
def test_the_registry_names_columns_that_are_there(place):
    """With one primary key, by which they are walked through."""
    table = metadata.tables[place.table]
    assert place.column in table.c
    assert len(table.primary_key) == 1


def sealing(tree: ast.AST) -> bool:
    """Whether a module seals with a vault, or has something sealed for it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"seal", "seal_bytes"}:
            if ast.unparse(node.value).endswith("vault"):
                return True
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in KEEPERS:
            given = [ast.unparse(arg) for arg in node.args]
            if any(arg.endswith("vault") for arg in given):
                return True
    return False


def test_whoever_seals_is_known():
    found = {
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if sealing(ast.parse(path.read_text()))
    }
    assert found - set(SEALING) - SEALING_FOR_OTHERS == set(), "say here what it seals, and in the registry for what"
    assert set(SEALING) - found == set(), "these seal nothing any more"
    assert said(SEALING) == {str(place) for place in (*FIELDS, *FILES)}
