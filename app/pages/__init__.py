"""Pages of several domains, and the list of every router that the web door serves."""

from fastapi import APIRouter

from app.assessment.deciding_web import router as deciding
from app.assessment.public_web import router as public_assessment
from app.assessment.web import router as assessment
from app.award.dossier_web import router as dossiers
from app.award.judging_web import router as committees
from app.award.public_web import router as published_results
from app.award.web import router as title_applications
from app.indicators.reporting.web import router as indicator_reports
from app.indicators.web import router as indicators
from app.pages.about import router as about
from app.pages.authorities import router as authority_packages
from app.pages.credit import router as credit
from app.pages.desk import router as desk
from app.pages.filing import router as filing
from app.pages.home import router as home
from app.pages.membership import router as membership
from app.pages.moderated import router as moderated
from app.pages.moderation import router as moderation
from app.pages.money import router as money
from app.pages.quality import router as quality
from app.pages.rights import router as notices
from app.pages.selling import router as selling
from app.pages.transparency import router as transparency
from app.pages.verifying import router as verification_of_documents
from app.signals.web import router as signals
from app.statutory.web import router as statutory
from app.traffic.web import router as traffic
from app.traffic.web import signs
from listings.routers import ROUTERS as LISTINGS
from orders.bundles.timeline_web import router as evidence
from orders.bundles.web import router as bundles
from orders.contracts.ceremony_web import router as ceremony
from orders.contracts.content_web import router as contents
from orders.contracts.negotiating_web import router as negotiating
from orders.contracts.web import router as contracts
from orders.deals.disputing_web import router as disputes
from orders.deals.end_use_web import router as end_use
from orders.deals.plan_web import router as milestones
from orders.deals.ratings_web import router as ratings
from orders.deals.web import router as orders
from orders.documents.import_web import router as comparison_of_documents
from orders.documents.web import router as trade_documents
from orders.forgetting.web import router as retention
from orders.negotiation.web import routers as negotiation
from payments.routers import ROUTERS as PAYMENTS
from trust.authorities.web import router as authorities
from trust.cases.desk_web import router as judging
from trust.cases.report_web import router as reports
from trust.cases.web import router as cases
from trust.credit.desk_web import router as credit_desk
from trust.credit.web import router as credit_file
from trust.exports.web import router as oversight
from trust.goods.desk_web import router as goods
from trust.goods.licences_web import router as licences
from trust.goods.records_web import router as control_records
from trust.identity.web import routers as identity
from trust.incidents.web import router as incidents
from trust.leaving.web import router as leaving
from trust.notices.web import router as company_notices
from trust.operator.web import router as operator
from trust.privacy.desk_web import router as privacy_desk
from trust.privacy.settings_web import router as privacy_settings
from trust.privacy.web import router as privacy
from trust.restrictions.desk_web import router as restrictions_desk
from trust.restrictions.web import router as restrictions
from trust.rights.desk_web import router as rights_desk
from trust.rights.web import router as rights
from trust.risk.web import router as risk
from trust.rules.agreements_web import router as agreements
from trust.rules.desk_web import router as rulebook
from trust.rules.disclosure_web import router as disclosure
from trust.rules.web import router as rules
from trust.screening.desk_web import router as screening_desk
from trust.screening.web import router as screening
from trust.verification.desk_web import router as verification_desk
from trust.verification.reports_web import router as identity_reports
from trust.verification.web import router as verification

ROUTERS: tuple[APIRouter, ...] = (
    *LISTINGS,  # first, for these are asked most: routes are tried in this order
    about,
    credit,
    credit_file,
    credit_desk,
    ratings,
    home,
    indicators,
    assessment,
    deciding,
    public_assessment,
    title_applications,
    dossiers,
    committees,
    published_results,
    indicator_reports,
    signals,
    statutory,
    traffic,
    signs,
    desk,  # before the other, which takes every name under /moderation
    moderation,
    moderated,
    membership,
    money,
    selling,
    transparency,
    verification,
    verification_desk,
    identity_reports,
    goods,
    licences,
    control_records,
    end_use,
    *identity,
    *negotiation,
    contracts,
    contents,
    negotiating,
    ceremony,
    evidence,
    bundles,  # before the other, which takes every name under /verify
    verification_of_documents,
    orders,
    disputes,
    milestones,
    comparison_of_documents,
    trade_documents,
    retention,
    oversight,
    risk,
    screening,
    rules,
    rulebook,
    agreements,
    disclosure,
    operator,
    restrictions_desk,  # before the other, whose addresses begin alike
    restrictions,
    filing,  # before the next, which takes every name under /cases
    cases,
    judging,
    reports,
    notices,  # before the others, which take every name under /rights
    rights_desk,
    rights,
    leaving,
    screening_desk,
    incidents,
    quality,
    authority_packages,
    authorities,
    company_notices,
    privacy_desk,
    privacy_settings,
    privacy,
    *PAYMENTS,
)
