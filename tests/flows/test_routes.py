"""Every route, for everyone who may ask, about somebody else's object: who gets in stands here and nowhere else.

ACCESS names each route under one rule; a route that no rule names fails `test_every_route_has_a_rule`, so that its
author decides who may use it.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import AsyncClient
from sqlalchemy import func, select

from app.core import crypto
from app.core.security import SESSION, VISITOR
from app.tables import metadata
from tests.factories.deals import offer_data
from tests.factories.people import Actor
from tests.factories.products import product_data
from tests.factories.world import World, make_world
from tests.fakes import FakeGateway
from trust.access import Permission, granted

P = Permission


@dataclass(frozen=True)
class Rule:
    """Who gets in: members of `sides` (of any company where empty) whom a role gives `needs` (by side, or "any").

    public  why everybody gets in, signed in or not
    """

    sides: frozenset[str] = frozenset()
    needs: tuple[tuple[str, P], ...] = ()
    public: str = ""

    def admits(self, side: str, actor: Actor | None) -> bool:
        if self.public or actor is None:
            return bool(self.public)
        return (not self.sides or side in self.sides) and self.grants(side, actor)

    def grants(self, side: str, actor: Actor) -> bool:
        needed = dict(self.needs)
        permission = needed.get(side) or needed.get("any")
        return permission is None or permission in granted(actor.member)


def to(*sides: str, needs: P | None = None, **by_side: P) -> Rule:
    return Rule(frozenset(sides), tuple(by_side.items()) if by_side else (("any", needs),) if needs else ())


COUNTED = {"export_day", "risk_count"}
"""What grows also by what is refused: who tries numbers counts too (OPS-02)."""
ACCESS: dict[Rule, str] = {
    Rule(public="what machines ask: is it up, what can it do, what did the rails say (signed)"): """
        GET /openapi.json   GET /healthz   GET /readyz   GET /metrics   POST /webhooks/stripe
        POST /mail/incoming
        GET /static/css/portolan.css
    """,
    Rule(public="where programs betray themselves, or prove that a browser is there"): """
        GET /beacon   GET /robots.txt   GET /trap
    """,
    Rule(public="whoever holds a contract's file, or doubts us, may check"): """
        GET /verify   GET /verify/root.pem   GET /verify/verify.py   GET /verify/{number}   POST /verify
        GET /documents/schemas/{kind}.json   GET /indicators/recompute.pyz
        GET /indicators/reports/schema-1.json
        GET /transparency   GET /transparency/restrictions   GET /transparency/consistency
        GET /transparency/moderation   GET /transparency/authorities   GET /transparency/{day}/timestamp.tst
    """,
    Rule(public="the rules are everybody's to read, and a change everybody's to comment on"): """
        GET /about/disclosure
        GET /rules   GET /rules/changes   GET /rules/changes/{version_id}   POST /rules/changes/{version_id}/comments
        GET /rules/{code}   GET /rules/{code}/{number}
        GET /rules/{code}/{number}/text.json   GET /rules/{code}/{number}/document.pdf
    """,
    Rule(public="the shop window"): """
        GET /   GET /about   GET /api/docs   POST /locale   POST /currency   GET /products   GET /products/suggestions
        GET /products/{product_id}   GET /suppliers/{slug}   GET /plans   GET /categories   GET /categories/{slug}
        GET /files/{folder}/{name}
        GET /suppliers/{slug}/credit   GET /credit/rules   GET /credit/rules/{version}
    """,
    Rule(public="complaints and reports begin in public; a report is its code's holder's (E-Commerce Law art. 59)"): """
        GET /complaint   GET /reports/new   POST /reports   POST /reports/access   GET /reports/mine
        GET /reports/mine/exhibits/{label}   POST /reports/mine/statements   POST /reports/mine/appeal
        POST /reports/mine/agreement   POST /reports/mine/withdrawal   POST /reports/mine/satisfaction
    """,
    Rule(public="a right holder needs no account: a code from a letter, or one's company, opens one's own notices"): """
        GET /transparency/notices
        GET /rights   POST /rights/codes   POST /rights/access
        GET /rights/registry/new   POST /rights/registry   GET /rights/registry/{right_id}
        GET /rights/registry/{right_id}/papers/{label}   POST /rights/registry/{right_id}/withdrawal
        GET /rights/notices/new   POST /rights/notices   GET /rights/notices/{notice_id}
        GET /rights/notices/{notice_id}/papers/{label}   POST /rights/notices/{notice_id}/proceedings
        POST /rights/notices/{notice_id}/withdrawal
    """,
    Rule(public="everybody may read what is kept of people, and ask about their own; the link is the right"): """
        GET /privacy   GET /privacy/requests   POST /privacy/requests
        GET /privacy/requests/confirmation   POST /privacy/requests/confirmation
        GET /privacy/requests/{link}   POST /privacy/requests/{link}/withdrawal
    """,
    Rule(public="kept letters, served in development and tests alone"): """
        GET /dev/mail   GET /dev/mail/{name}   POST /dev/mail/{name}/answers
    """,
    Rule(public="how one comes to be signed in; the link's token is the right"): """
        GET /register   POST /organisations   GET /register/sent   GET /welcome
        GET /registrations/confirmation   POST /registrations/confirmation
        GET /session/new   POST /session   DELETE /session   POST /session/removal
        GET /session/code   POST /session/code   POST /session/passkey   POST /session/passkey/challenge
        GET /password/forgotten   GET /password/sent
        POST /password-resets   GET /password-resets/completion   POST /password-resets/completion
        GET /invitations/acceptance   POST /invitations/acceptance
    """,
    to(): """
        GET /notices   GET /settings/privacy   POST /settings/privacy/consents/{purpose}
        POST /settings/privacy/consents/{purpose}/withdrawal   POST /settings/privacy/exports
        GET /settings/privacy/erasure   POST /settings/privacy/erasure   POST /settings/privacy/erasure/cancellation
        GET /session/step-up   POST /session/step-up   GET /security   GET /security/second-step
        POST /security/second-step   POST /security/second-step/confirmation   DELETE /security/second-step
        POST /security/second-step/removal   POST /security/passkeys
        DELETE /password   POST /password/removal   POST /security/recovery-codes   POST /password
        DELETE /sessions   POST /sessions/removal   POST /api-keys   GET /account   POST /account
        GET /agreements   POST /agreements
        GET /restrictions
        GET /company   GET /members   GET /verification   GET /cases   GET /inquiries   GET /rfqs
        GET /contracts   GET /orders
        GET /imports/template.{kind}
    """,
    to("staff", needs=P.REPORT_INCIDENTS): "GET /incidents   GET /incidents/new   POST /incidents",
    to("staff", needs=P.KEEP_QUALITY): """
        GET /quality   GET /quality/new   POST /quality   GET /quality/{quality_work_id}
        POST /quality/{quality_work_id}/document   POST /quality/{quality_work_id}/completion
        POST /quality/{quality_work_id}/withdrawal   POST /quality/{quality_work_id}/findings
        POST /quality/{quality_work_id}/findings/{quality_finding_id}/end
    """,
    to("staff", needs=P.FILE_REPORTS): """
        GET /statutory   POST /statutory/recipients   GET /statutory/{statutory_filing_id}
        POST /statutory/{statutory_filing_id}/versions
        POST /statutory/{statutory_filing_id}/versions/{statutory_version_id}/file
        POST /statutory/{statutory_filing_id}/versions/{statutory_version_id}/receipt
        POST /statutory/{statutory_filing_id}/filing   POST /statutory/{statutory_filing_id}/failures
        POST /statutory/{statutory_filing_id}/deferral   POST /statutory/{statutory_filing_id}/waiver
        POST /statutory/{statutory_filing_id}/waiver/agreement   POST /statutory/{statutory_filing_id}/waiver/refusal
    """,
    to("staff", needs=P.HANDLE_INCIDENTS): """
        GET /incidents/figures   GET /incidents/{incident_id}   GET /incidents/{incident_id}/record
        GET /incidents/{incident_id}/record.json   POST /incidents/{incident_id}/assessment
        POST /incidents/{incident_id}/notes   POST /incidents/{incident_id}/dismissal
        POST /incidents/{incident_id}/containment   POST /incidents/{incident_id}/reopening
        POST /incidents/{incident_id}/closing   POST /incidents/{incident_id}/companies
        POST /incidents/{incident_id}/notices
        POST /incidents/{incident_id}/duties/{incident_duty_id}/completion
        POST /incidents/{incident_id}/duties/{incident_duty_id}/document
        POST /incidents/{incident_id}/duties/{incident_duty_id}/waiver
        POST /incidents/{incident_id}/duties/{incident_duty_id}/waiver/agreement
        POST /incidents/{incident_id}/duties/{incident_duty_id}/waiver/refusal
    """,
    to("staff", needs=P.ANSWER_AUTHORITIES): """
        GET /authority-requests   GET /authority-requests/new   POST /authority-requests
        GET /authority-requests/{authority_request_id}   POST /authority-requests/{authority_request_id}/handling
        POST /authority-requests/{authority_request_id}/stop   POST /authority-requests/{authority_request_id}/letter
        POST /authority-requests/{authority_request_id}/answer
        POST /authority-requests/{authority_request_id}/approvals
        POST /authority-requests/{authority_request_id}/approvals/{authority_approval_id}/document
        POST /authority-requests/{authority_request_id}/approvals/{authority_approval_id}/agreement
        POST /authority-requests/{authority_request_id}/approvals/{authority_approval_id}/refusal
        POST /authority-requests/{authority_request_id}/packages
        GET /authority-requests/{authority_request_id}/packages/{authority_package_id}
        POST /authority-requests/{authority_request_id}/packages/{authority_package_id}/opening
        POST /authority-requests/{authority_request_id}/packages/{authority_package_id}/agreement
        POST /authority-requests/{authority_request_id}/packages/{authority_package_id}/refusal
        POST /authority-requests/{authority_request_id}/packages/{authority_package_id}/file
    """,
    to("staff", needs=P.ANSWER_PRIVACY): """
        GET /privacy/desk   GET /privacy/desk/looks   GET /privacy/desk/register
        GET /privacy/desk/{privacy_request_id}   POST /privacy/desk/{privacy_request_id}/handling
        POST /privacy/desk/{privacy_request_id}/return   POST /privacy/desk/{privacy_request_id}/extension
        POST /privacy/desk/{privacy_request_id}/answer
    """,
    to("supplier owner"): """
        GET /settings/privacy/exports/{personal_export_id}   POST /settings/privacy/exports/{personal_export_id}/copy
        DELETE /sessions/{session_id}   POST /sessions/{session_id}/removal
        DELETE /security/passkeys/{passkey_id}   POST /security/passkeys/{passkey_id}/removal
        DELETE /api-keys/{key_id}   POST /api-keys/{key_id}/removal
        POST /held-letters/{letter_id}/sending   POST /held-letters/{letter_id}/removal
    """,
    to(needs=P.MANAGE_MEMBERS): "POST /company   POST /invitations",
    to("supplier", needs=P.MANAGE_MEMBERS): """
        GET /members/{member_id}   DELETE /members/{member_id}   POST /members/{member_id}/removal
        POST /members/{member_id}/roles   POST /members/{member_id}/authority   DELETE /invitations/{invitation_id}
        POST /invitations/{invitation_id}/withdrawal
        POST /restrictions/{restriction_id}/statements   POST /restrictions/{restriction_id}/appeal
        POST /credit/entries/{entry_id}/appeal
    """,
    to(needs=P.VERIFY_COMPANY): "POST /verification   POST /verification/draft/removal",
    to("supplier", needs=P.VERIFY_COMPANY): """
        POST /verification/{request_id}/answer   POST /verification/{request_id}/withdrawal
    """,
    to(
        "buyer",
        "supplier",
        "stranger",
        "staff",
        buyer=P.VERIFY_COMPANY,
        supplier=P.VERIFY_COMPANY,
        stranger=P.VERIFY_COMPANY,
        staff=P.MODERATE,
    ): "GET /verification/looks",
    to("supplier", "staff", staff=P.MODERATE): "GET /site-visits/{organisation_id}",
    to("supplier", "staff", supplier=P.VERIFY_COMPANY, staff=P.MODERATE): """
        POST /verification/{request_id}/documents/{number}/copy   POST /verification/{request_id}/persons
        POST /site-visits/{visit_id}/documents/{number}/copy
    """,
    to(needs=P.LIST_PRODUCTS): """
        GET /products/new   POST /products   GET /my/products   POST /my/products/submission   GET /my/figures
        POST /my/products/withdrawal   GET /imports   POST /imports   GET /licences   POST /licences
    """,
    to("staff", needs=P.KEEP_RECORDS): """
        GET /oversight   GET /oversight/overrides/{first_day}   GET /oversight/overrides/{first_day}/report.csv
        GET /retention   POST /retention/holds   POST /retention/holds/{hold_id}/lifting
        GET /identity-reports   POST /identity-reports   POST /identity-reports/recipients
        POST /identity-reports/{report_id}/file
    """,
    to("staff", needs=P.ADMINISTER): """
        GET /signals   GET /signals/alarms   POST /signals/limits
        GET /operator   POST /operator   POST /operator/licences   POST /operator/licences/{licence_id}/ending
        POST /operator/capital   POST /operator/penalties
    """,
    to("staff", needs=P.PUBLISH_RULES): """
        GET /rulebook   GET /rulebook/new   POST /rulebook   GET /rulebook/{version_id}   POST /rulebook/{version_id}
        GET /rulebook/{version_id}/edit   POST /rulebook/{version_id}/consultation
        POST /rulebook/{version_id}/publication   POST /rulebook/{version_id}/withdrawal
        POST /rulebook/comments/{comment_id}/answer
    """,
    to("supplier", "staff", staff=P.RESTRICT): """
        GET /restrictions/{restriction_id}   POST /restrictions/{restriction_id}/statements/{statement_id}/copy
    """,
    to("staff", needs=P.RESTRICT): """
        GET /departures
        GET /restrictions/desk   GET /restrictions/desk/new   GET /restrictions/desk/companies/{organisation_id}
        POST /restrictions/desk   POST /restrictions/desk/points   POST /restrictions/desk/points/{point_id}/refusal
        POST /restrictions/desk/findings   POST /restrictions/{restriction_id}/finding/copy
        POST /restrictions/{restriction_id}/lifting   POST /restrictions/{restriction_id}/publication
        POST /restrictions/appeals/{appeal_id}/decision
    """,
    to("staff", needs=P.SUSPEND): """
        POST /restrictions/{restriction_id}/agreement   POST /restrictions/{restriction_id}/refusal
    """,
    to(needs=P.NEGOTIATE): "GET /cases/new   POST /cases",
    to("buyer", "supplier", "staff", buyer=P.READ, supplier=P.READ, staff=P.JUDGE): """
        GET /cases/{matter_id}   GET /cases/{matter_id}/exhibits/{label}
    """,
    to("buyer", "supplier", "staff", buyer=P.NEGOTIATE, supplier=P.NEGOTIATE, staff=P.JUDGE): """
        POST /cases/{matter_id}/translations
    """,
    to("staff", needs=P.JUDGE): """
        POST /cases/{matter_id}/handling   POST /cases/{matter_id}/acceptance   POST /cases/{matter_id}/rejection
        POST /cases/{matter_id}/questions   POST /cases/{matter_id}/ruling   POST /cases/{matter_id}/contact
        POST /credit/appeals/{objection_id}/decision
        GET /rights/desk
        POST /rights/registry/{right_id}/acceptance   POST /rights/registry/{right_id}/refusal
        POST /rights/notices/{notice_id}/handling   POST /rights/notices/{notice_id}/decision
        POST /rights/notices/{notice_id}/outcomes   POST /rights/notices/{notice_id}/fault
        POST /rights/notices/{notice_id}/points   POST /rights/notices/{notice_id}/contact
    """,
    to("staff", needs=P.ASSESS_RISK): """
        GET /risk   GET /risk/rules/{rule}   POST /risk/holds/{held_id}/release
        GET /credit/links   POST /credit/links   GET /credit/links/{link_id}   POST /credit/links/{link_id}/decision
    """,
    to("buyer", "supplier", "stranger"): "GET /credit   POST /credit/exports   GET /company/leaving",
    to("supplier", "staff", supplier=P.READ, staff=P.JUDGE): "GET /credit/entries/{entry_id}",
    to("buyer", "supplier", "staff", buyer=P.READ, supplier=P.READ, staff=P.MODERATE): "GET /ratings/{rating_id}",
    to("supplier", needs=P.NEGOTIATE): "POST /ratings/{rating_id}/answer",
    to("staff", needs=P.CHANGE_RISK): """
        POST /risk/rules/{rule}/changes
        POST /risk/changes/{change_id}/approval   POST /risk/changes/{change_id}/refusal
    """,
    to("staff", needs=P.SCREEN): """
        GET /screening   GET /screening/template.csv
        POST /screening/un   POST /screening/ofac   POST /screening/sheets
        GET /screening/matches   GET /screening/matches/{match_id}   POST /screening/matches/{match_id}/proposal
        POST /screening/matches/{match_id}/agreement   POST /screening/matches/{match_id}/return
        POST /screening/matches/{match_id}/reopening
    """,
    to("staff", needs=P.CONTROL_GOODS): """
        GET /goods   GET /goods/entries   POST /goods/entries   POST /goods/imports   GET /goods/template.csv
        POST /goods/entries/{entry_id}/agreement   POST /goods/entries/{entry_id}/rejection
        POST /goods/entries/{entry_id}/ending
        POST /goods/endings/{ending_id}/agreement   POST /goods/endings/{ending_id}/rejection
        GET /goods/licences   POST /goods/licences/{goods_licence_id}/decision
        GET /goods/statements   GET /goods/statements/{end_use_id}   POST /goods/statements/{end_use_id}/sheet
        POST /goods/statements/{end_use_id}/decision
        GET /goods/reports   POST /goods/reports   GET /goods/reports/{export_report_id}
        GET /goods/reports/{export_report_id}/report.pdf   POST /goods/reports/{export_report_id}/confirmation
        POST /goods/reports/{export_report_id}/dismissal   POST /goods/reports/{export_report_id}/sending
        POST /goods/reports/{export_report_id}/closing
    """,
    to("supplier", "staff", staff=P.CONTROL_GOODS): """
        GET /licences/{goods_licence_id}   POST /licences/{goods_licence_id}/document
    """,
    to("buyer", "supplier", "staff", staff=P.CONTROL_GOODS): """
        GET /orders/{order_id}/end-use/{end_use_id}/statement.pdf
    """,
    to("staff", needs=P.SET_POLICY): """
        GET /screening/rules   POST /screening/rules/policies   POST /screening/rules/thresholds   POST /screening/runs
        POST /screening/rules/{rule_id}/agreement   POST /screening/rules/{rule_id}/rejection
    """,
    to("supplier", "buyer", "stranger", "staff", staff=P.READ_EVIDENCE): "GET /bundles   POST /bundles",
    to("supplier"): """
        GET /notices/{company_notice_id}   POST /notices/{company_notice_id}/reading
        GET /verification/{request_id}   GET /verification/{request_id}/letter.pdf
        GET /imports/{import_id}   GET /imports/{import_id}/errors.csv
        GET /bundles/{bundle_id}   GET /bundles/{bundle_id}/file
        POST /restrictions/{restriction_id}/reading
        GET /credit/exports/{export_id}/{form}
    """,
    to("supplier", needs=P.LIST_PRODUCTS): """
        POST /rights/notices/{notice_id}/counter-statements
        GET /products/{product_id}/category
        GET /products/{product_id}/edit   POST /products/{product_id}   PUT /products/{product_id}
        POST /products/{product_id}/pictures   POST /products/{product_id}/pictures/removal
        POST /products/{product_id}/withdrawal   POST /products/{product_id}/first
        POST /imports/{import_id}/confirmation
        POST /imports/{import_id}/removal
    """,
    to("supplier", needs=P.PUBLISH_PRODUCTS): "POST /products/{product_id}/submission",
    to(needs=P.INQUIRE): "GET /inquiries/new   POST /inquiries   GET /rfqs/new   POST /rfqs",
    to("buyer", "supplier"): """
        GET /inquiries/{inquiry_id}   GET /inquiries/{inquiry_id}/messages   GET /inquiries/{inquiry_id}/files/{sha256}
        GET /inquiries/{inquiry_id}/quotations   GET /quotations/{quotation_id}
        GET /inquiries/{inquiry_id}/held-letters
        GET /contracts/{contract_id}   GET /contracts/{contract_id}/signing   GET /contracts/{contract_id}/document.pdf
        GET /contracts/{contract_id}/evidence   GET /contracts/{contract_id}/order
        GET /contracts/{contract_id}/lines/{place}   GET /contracts/{contract_id}/clauses
        GET /contracts/{contract_id}/annexes/{annex}
        GET /contracts/{contract_id}/versions   GET /contracts/{contract_id}/comments
        GET /orders/{order_id}   GET /orders/{order_id}/evidence   GET /orders/{order_id}/end-use
        GET /orders/{order_id}/statement   GET /orders/{order_id}/statement.csv
        GET /orders/{order_id}/statement.pdf
        GET /orders/{order_id}/files/{key:path}
        GET /orders/{order_id}/documents   GET /orders/{order_id}/documents/{document_id}/file.{form}
        GET /orders/{order_id}/papers/{paper_id}   GET /orders/{order_id}/shipments/{shipment_id}/packing
        GET /orders/{order_id}/documents/comparison   POST /orders/{order_id}/documents/comparison
    """,
    to("buyer", "supplier", needs=P.NEGOTIATE): """
        POST /cases/{matter_id}/statements   POST /cases/{matter_id}/appeal   POST /cases/{matter_id}/agreement
        POST /cases/{matter_id}/withdrawal   POST /cases/{matter_id}/satisfaction   POST /orders/{order_id}/disputes
        POST /inquiries/{inquiry_id}/messages   POST /contracts/{contract_id}/terms
        POST /contracts/{contract_id}/agreements   POST /contracts/{contract_id}/refusal
        POST /contracts/{contract_id}/lines/{place}   POST /contracts/{contract_id}/clauses
        POST /contracts/{contract_id}/annexes   POST /contracts/{contract_id}/annexes/{annex}/removal
        POST /contracts/{contract_id}/comments   POST /contracts/{contract_id}/comments/settlement
        POST /contracts/{contract_id}/requests   POST /contracts/{contract_id}/requests/answer
        POST /contracts/{contract_id}/requests/withdrawal   POST /contracts/{contract_id}/extension
        POST /orders/{order_id}/cancellation   POST /orders/{order_id}/proposals
        POST /orders/{order_id}/proposals/{proposal_id}/acceptance
        POST /orders/{order_id}/proposals/{proposal_id}/withdrawal   POST /orders/{order_id}/ratings
        POST /orders/{order_id}/milestones/{milestone_id}/proposals   POST /orders/{order_id}/amendments
        POST /orders/{order_id}/termination-agreements
    """,
    to("buyer", "supplier", needs=P.SIGN): """
        POST /contracts/{contract_id}/signatures   POST /contracts/{contract_id}/amendment/signatures
    """,
    to("buyer", "supplier", buyer=P.INQUIRE, supplier=P.QUOTE): """
        GET /quotations/{quotation_id}/counter-offers/new   POST /quotations/{quotation_id}/counter-offers
        POST /quotations/{quotation_id}/rejection
    """,
    to("buyer"): "GET /rfqs/{rfq_id}   GET /rfqs/{rfq_id}/comparison   GET /rfqs/{rfq_id}/quotations",
    to("buyer", needs=P.INQUIRE): """
        POST /inquiries/{inquiry_id}/withdrawal   POST /quotations/{quotation_id}/acceptance
    """,
    to("supplier", needs=P.QUOTE): """
        GET /inquiries/{inquiry_id}/quotations/new   POST /inquiries/{inquiry_id}/quotations
        POST /inquiries/{inquiry_id}/rejection
    """,
    to("buyer", needs=P.PAY): """
        POST /orders/{order_id}/payments   POST /payments/{operation_id}/method
        POST /payments/{operation_id}/attempts
        GET /payments/{operation_id}/page   POST /payments/{operation_id}/cancellation
        POST /approvals/{consent_id}/approval   POST /approvals/{consent_id}/rejection
    """,
    to("supplier", needs=P.SHIP): """
        POST /orders/{order_id}/shipments   POST /orders/{order_id}/milestones/{milestone_id}/evidence
        POST /orders/{order_id}/documents   POST /orders/{order_id}/shipments/{shipment_id}/packing
        POST /orders/{order_id}/shipments/{shipment_id}/transport-document
        POST /orders/{order_id}/shipments/{shipment_id}/insurance-certificate
        POST /orders/{order_id}/shipments/{shipment_id}/inspection-certificate
        POST /orders/{order_id}/shipments/{shipment_id}/certificate-of-origin
        POST /orders/{order_id}/shipments/{shipment_id}/documents/completion
    """,
    to("buyer", "supplier", buyer=P.ACCEPT_GOODS, supplier=P.SHIP): """
        POST /orders/{order_id}/shipments/{shipment_id}/delivery
    """,
    to("buyer", needs=P.ACCEPT_GOODS): """
        POST /orders/{order_id}/acceptance   POST /orders/{order_id}/milestones/{milestone_id}/answer
        POST /orders/{order_id}/termination   POST /orders/{order_id}/end-use/{position}
        POST /orders/{order_id}/claim   POST /orders/{order_id}/claim/withdrawal
    """,
    to("buyer", "staff", staff=P.BOOK_MONEY): """
        GET /payments/{operation_id}   GET /milestones/{milestone_id}/transfer
        GET /milestones/{milestone_id}/transfer.pdf
    """,
    to("buyer", "supplier", "stranger", buyer=P.PAY, supplier=P.MANAGE_BANK, stranger=P.PAY): "GET /money",
    to("buyer", "supplier", "stranger", needs=P.MANAGE_MEMBERS): """
        POST /company/leaving   POST /company/leaving/withdrawal
    """,
    to("buyer", "supplier", "stranger", needs=P.PAY): "GET /approvals   POST /approvals/limit",
    to(needs=P.MANAGE_BANK): """
        GET /payouts   POST /payouts   POST /payouts/accounts   POST /payouts/connection   GET /payouts/statement.csv
        GET /payouts/connection/details   POST /payouts/connection/removal   POST /payouts/quotes
        GET /invoices   GET /statements   GET /statements.csv   GET /statements.pdf
    """,
    to("supplier", "staff", supplier=P.MANAGE_BANK, staff=P.BOOK_MONEY): """
        GET /invoices/{invoice_id}   GET /invoices/{invoice_id}/document.pdf
    """,
    to("supplier", needs=P.PAY): """
        POST /membership/orders/{membership_order_id}/cancellation   POST /membership/terms/{term_id}/refund
    """,
    to("supplier", "stranger", needs=P.MANAGE_BANK): """
        GET /membership   POST /membership/orders   POST /membership/renewal
    """,
    to("supplier", needs=P.MANAGE_BANK): """
        GET /payouts/quotes/{quote_id}   POST /payouts/quotes/{quote_id}/confirmation
        POST /payouts/accounts/{account_id}/removal   POST /payouts/accounts/{account_id}/removal/withdrawal
        POST /payouts/accounts/{account_id}/confirmation   GET /payouts/accounts/{account_id}
        POST /payouts/accounts/{account_id}/micro-deposit   POST /payouts/accounts/{account_id}/micro-deposit/amount
    """,
    to("staff", needs=P.MODERATE): """
        POST /ratings/{rating_id}/withholding   POST /ratings/{rating_id}/showing
        POST /verification/{request_id}/register   POST /verification/{request_id}/register/copy
        POST /site-visits/{organisation_id}
        GET /moderation   GET /moderation/{review_id}   POST /moderation/{review_id}/claim
        POST /moderation/{review_id}/return   POST /moderation/{review_id}/decision
        POST /moderation/{review_id}/priority
        POST /moderation/{review_id}/check   POST /moderation/next   POST /moderation/refusals
        GET /moderation/figures   GET /moderation/checks   GET /moderation/wordings
    """,
    to("staff", needs=P.READ_INDICATORS): """
        GET /figures/traffic
        GET /indicators   GET /indicators/figures/{code}   GET /indicators/figures/{code}/rows
        GET /indicators/months/{month}   GET /indicators/comparison
        GET /indicators/closes/{close_id}/figures   POST /indicators/closes/{close_id}/rows
        GET /indicators/questions   POST /indicators/questions
        GET /indicators/reports   POST /indicators/reports   GET /indicators/reports/{indicator_report_id}
        POST /indicators/reports/{indicator_report_id}/files/{form}
        GET /operator/records   POST /operator/capital/{operator_capital_id}/document
        POST /operator/penalties/{operator_penalty_id}/document
        GET /assessments   GET /assessments/rules   GET /assessments/{assessment_id}
        GET /assessments/{assessment_id}/what-if
        GET /title-applications   GET /title-applications/rules   GET /title-applications/{title_application_id}
        GET /title-applications/{title_application_id}/files/{award_file_id}
    """,
    Rule(public="which title is held, what was decided, and the orders that were drawn"): """
        GET /assessment   GET /assessment/draw.py   GET /assessment/{assessment_id}/orders.txt
        GET /assessment/{assessment_id}/sample.txt
    """,
    Rule(public="results are published before they hold, and anybody may object"): """
        GET /assessment/applications   GET /assessment/applications/{title_application_id}
        GET /assessment/applications/{title_application_id}/objections/new
        POST /assessment/applications/{title_application_id}/objections
    """,
    to("staff", needs=P.LEAD_ASSESSMENT): """
        POST /assessments   POST /assessments/rules   POST /assessments/titles
        POST /assessments/titles/{assessment_title_id}/agreement
        POST /assessments/titles/{assessment_title_id}/refusal
        POST /assessments/{assessment_id}/lock   POST /assessments/{assessment_id}/seed
        POST /assessments/{assessment_id}/sample   POST /assessments/{assessment_id}/findings
        POST /assessments/{assessment_id}/scores   POST /assessments/{assessment_id}/vetoes
        POST /assessments/{assessment_id}/proposals
        POST /assessments/{assessment_id}/proposals/{assessment_proposal_id}/agreement
        POST /assessments/{assessment_id}/proposals/{assessment_proposal_id}/refusal
        POST /assessments/{assessment_id}/items/{assessment_item_id}/acceptance
        POST /assessments/{assessment_id}/items/{assessment_item_id}/refusal
        POST /title-applications/rules
        POST /title-applications/{title_application_id}/formal-check
        POST /title-applications/{title_application_id}/formal-check/outcome
        POST /title-applications/{title_application_id}/reviewers
        POST /title-applications/{title_application_id}/reviewers/{award_reviewer_id}/release
        POST /title-applications/{title_application_id}/statement
        GET /title-applications/{title_application_id}/sheet   POST /title-applications/{title_application_id}/sheet
        POST /title-applications/{title_application_id}/proposals
        POST /title-applications/{title_application_id}/proposals/{award_proposal_id}/agreement
        POST /title-applications/{title_application_id}/proposals/{award_proposal_id}/refusal
        POST /title-applications/{title_application_id}/objections/{award_objection_id}/decision
        POST /title-applications/{title_application_id}/objections/{award_objection_id}/objector
    """,
    to("staff", needs=P.ANSWER_ASSESSMENT): """
        POST /assessments/{assessment_id}/report   POST /assessments/{assessment_id}/recheck
        POST /assessments/{assessment_id}/statements
        POST /assessments/{assessment_id}/items/{assessment_item_id}/progress
        POST /title-applications   GET /title-applications/{title_application_id}/dossier
        POST /title-applications/{title_application_id}/parts/{dossier_part}
        POST /title-applications/{title_application_id}/files/{award_file_id}/removal
        POST /title-applications/{title_application_id}/submission
        POST /title-applications/{title_application_id}/withdrawal
    """,
    to("staff", needs=P.KEEP_INDICATORS): """
        POST /indicators/months/{month}/corrections   POST /indicators/questions/{question_id}/answers
    """,
    to("staff", needs=P.LEAD_MODERATION): """
        POST /moderation/wordings   POST /moderation/wordings/{wording_id}/retirement
    """,
    to("staff", needs=P.BOOK_MONEY): """
        GET /finance   GET /finance/proof   POST /finance/proof   GET /finance/bookings   POST /finance/bookings
        GET /finance/reconciliation   POST /finance/reconciliation
        POST /finance/reconciliation/lines/{line_id}/answer
        GET /finance/chargebacks   GET /finance/chargebacks/{chargeback_id}
        POST /finance/chargebacks/{chargeback_id}/loss
        GET /finance/holdings   POST /finance/holdings/{holding_id}/move
        POST /finance/operations/{operation_id}/destination
        GET /finance/statements   POST /finance/statements   GET /finance/statements/{file_id}
        GET /finance/cases   GET /finance/cases/{case_id}   POST /finance/cases/{case_id}/decisions
        GET /finance/runs   POST /finance/runs   GET /finance/runs/{run_id}
        POST /finance/runs/{run_id}/cancellation   POST /finance/runs/{run_id}/file
        GET /finance/rates   POST /finance/rates   POST /finance/rates/files   GET /finance/rates/files/{digest}
        GET /finance/invoices   GET /finance/approvals
        GET /finance/memberships   POST /finance/memberships/orders/{membership_order_id}/transfer
        GET /finance/memberships/waivers/{waiver_id}/proof
    """,
    to("staff", needs=P.APPROVE_MONEY): """
        POST /finance/memberships/waivers
        POST /finance/invoices   POST /finance/invoices/{invoice_id}/credit-notes
        POST /finance/bookings/{booking_id}/approval   POST /finance/bookings/{booking_id}/rejection
        POST /finance/chargebacks/{chargeback_id}/defence
        POST /finance/holdings/{holding_id}/approval   POST /finance/holdings/{holding_id}/rejection
        POST /finance/reconciliation/lines/{line_id}/approval   POST /finance/reconciliation/lines/{line_id}/rejection
        POST /finance/operations/{operation_id}/failure   POST /finance/operations/{operation_id}/refund
        POST /finance/decisions/{decision_id}/approval   POST /finance/decisions/{decision_id}/rejection
        POST /finance/runs/{run_id}/approval   POST /finance/limits
        POST /finance/approvals/{approval_id}/approval   POST /finance/approvals/{approval_id}/rejection
    """,
}
RULES = {" ".join(pair): rule for rule, text in ACCESS.items() for pair in zip(*[iter(text.split())] * 2, strict=True)}
TOLD_INSTEAD = {
    "GET /verification/{request_id}/letter.pdf": 404,  # nothing is decided yet
    "GET /title-applications/{title_application_id}/sheet": 404,  # who asks is not of the committee
    "GET /security/second-step": 403,  # the way to the second step comes first
    "GET /inquiries/new": 422,  # the supplier of the product would ask itself
}
"""What those who get in may be told instead of being shown the page."""

IN_PARTICULAR = {
    "/inquiries/new": "?product={product_id}",
    "/categories/{slug}": "/categories/mugs",
    "/rules/{code}": "/rules/trading",
    "/rules/{code}/{number}": "/rules/trading/1",
    "/rules/{code}/{number}/text.json": "/rules/trading/1/text.json",
    "/rules/{code}/{number}/document.pdf": "/rules/trading/1/document.pdf",
    "/indicators/figures/{code}": "/indicators/figures/I-02.1",
    "/indicators/figures/{code}/rows": "/indicators/figures/I-02.1/rows",
    "/indicators/reports/{indicator_report_id}/files/{form}": "/indicators/reports/{indicator_report_id}/files/json",
    "/credit/rules/{version}": "/credit/rules/1",
    "/credit/exports/{export_id}/{form}": "/credit/exports/{export_id}/file.json",
    "/documents/schemas/{kind}.json": "/documents/schemas/commercial_invoice.json",
}
"""What an address needs beyond its own parameters; a whole address where its parameter's name is another's too."""


SAID = {
    "amount_minor": 100, "category": "mugs", "country": "DE", "currency": "USD", "destination": "DE",
    "digest": "0" * 64,
    "email": "anna@example.com", "hs_code": "691200", "locale": "en", "method": "pm_card_visa",
    "password": "three lanterns at dusk", "pdf_hash": "0" * 64, "plan": "standard",
    "terms_hash": "0" * 64, "unit": "H87", "zone": "UTC",
}  # fmt: skip
"""What is said under these names, where a schema alone does not tell what makes sense."""
WHOLE = {"/products": product_data, "/quotations": offer_data, "/counter-offers": offer_data}
"""Bodies of routes that end so, from the factories."""
REFUSED_BEFORE = {
    "POST /verification": 422,  # a body without its file
    "POST /imports": 422,
    "POST /restrictions/desk/findings": 422,
    "POST /contracts/{contract_id}/annexes": 422,
    "POST /contracts/{contract_id}/lines/{place}": 422,  # a measurement without bounds
    "POST /finance/memberships/waivers": 422,  # a body without its file
    "POST /finance/rates/files": 422,
    "POST /products/{product_id}/pictures": 422,
    "POST /products/{product_id}/pictures/removal": 422,  # a picture that the product has not
    "POST /members/{member_id}/roles": 422,  # no role at all
    "POST /company": 422,  # words that are no particulars
    "POST /payouts": 422,
    "POST /payouts/quotes": 422,
    "POST /payouts/accounts": 422,
    "POST /contracts/{contract_id}/signatures": 403,  # the second step comes before any look at the object
    "POST /contracts/{contract_id}/amendment/signatures": 403,  # the second step comes before any look at the object
    "DELETE /security/passkeys/{passkey_id}": 403,
    "POST /security/passkeys/{passkey_id}/removal": 403,
    "POST /payouts/accounts/{account_id}/removal": 403,
    "POST /payouts/accounts/{account_id}/removal/withdrawal": 403,
    "POST /payouts/accounts/{account_id}/confirmation": 403,
    "POST /payouts/quotes/{quote_id}/confirmation": 403,
    "POST /payouts/accounts/{account_id}/micro-deposit/amount": 422,
    "POST /finance/statements": 422,  # a body without its file
    "POST /licences": 422,
    "POST /goods/imports": 422,
    "POST /goods/entries": 422,  # an entry that is known by nothing
    "POST /cases/{matter_id}/translations": 422,
    "POST /authority-requests": 422,
    "POST /authority-requests/{authority_request_id}/approvals": 422,
    "POST /authority-requests/{authority_request_id}/packages/{authority_package_id}/file": 403,
    "POST /title-applications/rules": 422,  # a part that is called 1
    "POST /operator/capital": 422,
    "POST /operator/penalties": 422,
    "POST /site-visits/{organisation_id}": 422,
    "POST /identity-reports/recipients": 422,
    "POST /statutory/recipients": 422,
    "POST /screening/un": 422,
    "POST /screening/ofac": 422,
    "POST /screening/sheets": 422,
    "POST /orders/{order_id}/documents/comparison": 422,
    "POST /orders/{order_id}/shipments/{shipment_id}/packing": 422,  # a body whose codes are none
    "POST /orders/{order_id}/shipments/{shipment_id}/transport-document": 422,
    "POST /orders/{order_id}/shipments/{shipment_id}/insurance-certificate": 422,
    "POST /orders/{order_id}/shipments/{shipment_id}/inspection-certificate": 422,
    "POST /orders/{order_id}/shipments/{shipment_id}/certificate-of-origin": 422,
}
"""What is said of the request itself before anybody asks whose object it names."""


@dataclass(frozen=True)
class Address:
    method: str
    path: str
    schema: dict[str, Any] | None  # of the body; None where the route takes none

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def body(self) -> Any:
        """A body of the right shape, or None for a route that takes none."""
        ends = "/products" if self.path == "/products/{product_id}" else self.path
        made = next((make() for end, make in WHOLE.items() if ends.endswith(end)), None)
        return None if self.schema is None else made or sample(self.schema)

    def filled(self, parameters: dict[str, str]) -> str:
        extra = IN_PARTICULAR.get(self.path, "")
        pattern = extra if extra.startswith("/") else self.path.replace(":path", "") + extra
        return pattern.format_map(parameters)


def addresses(app: FastAPI) -> Iterator[Address]:
    for route in iter_route_contexts(app.routes):
        for method in sorted(set(getattr(route, "methods", None) or ()) - {"HEAD"}):
            body = (getattr(route, "openapi_extra", None) or {}).get("requestBody")
            schema = next(iter(body["content"].values()))["schema"] if body else None
            yield Address(method, str(route.path), schema)


def sample(schema: dict[str, Any]) -> Any:
    """The least value that a JSON schema lets through: a body refused for whose it is, not for its shape."""
    match schema:
        case {"enum": [first, *_]} | {"const": first}:
            return first
        case {"anyOf": [first, *_]}:
            return sample(first)
        case {"type": "object"}:
            return {
                name: SAID[name] if name in SAID else sample(schema["properties"][name])
                for name in schema.get("required", ())
            }
        case {"type": "array"}:
            return [sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case {"type": "integer" | "number"}:
            return schema.get("minimum", 1)
        case {"type": "boolean"}:
            return True
        case {"format": "uuid"}:
            return "00000000-0000-7000-8000-000000000000"
        case {"format": "date"}:
            return "2026-11-21"
        case {"format": "email"}:
            return "anna@example.com"
    return "1" * max(schema.get("minLength", 1), 1)


class Asker:
    """Somebody at a browser that speaks JSON; refused for what they are, never for a missing form token."""

    def __init__(self, http: AsyncClient, app: FastAPI) -> None:
        http.cookies.set(VISITOR, "somebody")
        secret = app.state.settings.secret_key.get_secret_value()
        who = http.cookies.get(SESSION) or "somebody"
        token = hmac.new(crypto.derive(secret, "csrf"), who.encode(), sha256).hexdigest()
        self.http, self.headers = http, {"x-csrf-token": token, "accept": "application/json"}

    async def ask(self, address: Address, world: World, body: Any = None) -> int:
        json = address.body() if body is None else body
        path = address.filled(world.parameters)
        return (await self.http.request(address.method, path, headers=self.headers, json=json)).status_code


def proper(rule: Rule, name: str, actor: Actor | None) -> set[int]:
    """The statuses with which someone is kept out of a route."""
    if actor is None:
        return {401}
    stranger = name.startswith("stranger") and rule.grants("stranger", actor) and bool(rule.sides)
    return {404} if stranger else {403, 404}


def admitted(rule: Rule, name: str, actor: Actor | None) -> bool:
    side = name if rule.sides == {"supplier owner"} else name.split(" ")[0]
    return rule.admits(side, actor)


@pytest.fixture
async def world(app: FastAPI) -> World:
    app.state.jobs = replace(app.state.jobs, gateway=FakeGateway())
    app.state.settings = app.state.settings.model_copy(update={"stripe_api_base": "http://127.0.0.1:1"})
    return await make_world(app)


def people(world: World, *sides: str) -> list[tuple[str, Actor | None]]:
    found: list[tuple[str, Actor | None]] = [(n, a) for n, a in world.actors.items() if n.split(" ")[0] in sides]
    return [*found, ("visitor", None)] if "visitor" in sides else found


async def counted(db: Any) -> dict[str, int]:
    async with db.transaction(read_only=True) as tx:
        return {t.name: await tx.scalar(select(func.count()).select_from(t)) for t in metadata.sorted_tables}


async def test_every_route_has_a_rule(app):
    names = {address.name for address in addresses(app)}
    assert names - RULES.keys() == set(), "say in ACCESS who may use these routes"
    assert RULES.keys() - names == set(), "ACCESS names routes that are gone"


@pytest.mark.parametrize("sides", [("supplier",), ("buyer", "stranger"), ("staff", "visitor")], ids="+".join)
async def test_pages_open_for_whom_they_are(app, client, world, sides):
    wrong = []
    for name, actor in people(world, *sides):
        async with client(as_=actor) as http:
            asker = Asker(http, app)
            for address in addresses(app):
                if address.method != "GET":
                    continue
                rule, status = RULES[address.name], await asker.ask(address, world)
                let_in = admitted(rule, name, actor)
                if rule.public:
                    good = status not in {401, 403} and status < 500
                elif let_in:
                    good = status in {200, 303, TOLD_INSTEAD.get(address.name)}
                else:
                    good = status in proper(rule, name, actor)
                if not good:
                    wrong.append(f"{address.name} answers {name} with {status}")
    assert wrong == [], "\n".join(map(str, wrong))


async def test_a_visitor_is_led_to_the_door(app, client, world):
    wrong = []
    async with client() as http:
        for address in addresses(app):
            if address.method == "GET" and not RULES[address.name].public:
                answer = await http.get(address.filled(world.parameters))
                if (answer.status_code, answer.headers.get("location", "")[:12]) != (303, "/session/new"):
                    wrong.append(f"{address.name}: {answer.status_code}")
    assert wrong == [], "\n".join(map(str, wrong))


async def test_who_may_not_changes_nothing(app, db, client, world):
    """Every unsafe route for everyone it is not for, with a body of the right shape: 401, 403 or 404, and no trace."""
    wrong, before = [], await counted(db)
    names = (
        "visitor",
        "stranger owner",
        "supplier signatory",
        "supplier finance",
        "buyer finance",
        "staff evaluator",
    )
    for name in names:
        actor = world.actors.get(name)
        async with client(as_=actor) as http:
            asker = Asker(http, app)
            for address in addresses(app):
                rule = RULES[address.name]
                if address.method == "GET" or admitted(rule, name, actor):
                    continue
                status = await asker.ask(address, world)
                if status not in proper(rule, name, actor) | {REFUSED_BEFORE.get(address.name)}:
                    wrong.append(f"{address.name} answers {name} with {status}")
    after = await counted(db)
    assert wrong == [], "\n".join(map(str, wrong))
    changed = {t: n for t, n in after.items() if n != before[t] and t not in COUNTED}
    assert changed == {"session": before["session"] + len(names) - 1}


async def test_an_empty_body_is_refused_and_changes_nothing(app, db, client, world):
    """By those who may: a route that must be told something says what is missing."""
    wrong, before = [], await counted(db)
    askers = ("supplier owner", "buyer owner", "staff moderator", "staff finance_staff")
    for name in askers:
        actor = world.actors[name]
        async with client(as_=actor) as http:
            asker = Asker(http, app)
            for address in addresses(app):
                must_say = bool(address.schema and address.schema.get("required"))
                if address.method == "GET" or not must_say:
                    continue
                status = await asker.ask(address, world, {})
                if not 400 <= status < 500:
                    wrong.append(f"{address.name} answers {name} with {status}")
    after = await counted(db)
    assert wrong == [], "\n".join(map(str, wrong))
    assert {t: n for t, n in after.items() if n != before[t]} == {"session": before["session"] + len(askers)}
