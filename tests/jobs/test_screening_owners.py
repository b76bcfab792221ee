"""Owners of companies are asked for wherever they are, screened, and added up."""

from dataclasses import replace

import pytest

from app.core.errors import Invalid
from tests.factories.files import PDF
from tests.factories.people import make_company
from tests.factories.verification import stated
from tests.jobs.test_screening_parties import decide, entry, matches, stopped
from trust.screening.deciding import Proposal
from trust.screening.entries import Kind
from trust.screening.states import MatchState, Point
from trust.verification import service as verification
from trust.verification.papers import Paper, keep_papers

ALMA, BRUNO = ("Alma Quist", "person", "SE", "30"), ("Bruno Falkenrath", "person", "SE", "25")
LISTED = (entry("O-1", "QUIST, Alma", Kind.PERSON), entry("O-2", "FALKENRATH, Bruno", Kind.PERSON))


@pytest.fixture
async def overseas(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Hansa Import", country="DE", level=1, sells=False)


async def ask(app, db, ctx, company, *owners: tuple[str, ...], no_owners: bool = False) -> None:
    papers = [Paper("licence", "licence.pdf", PDF)]
    documents = await keep_papers(ctx.files, app.state.vault, company.organisation_id, papers)
    handed = stated(documents)
    typed = replace(handed.typed, owners=owners, no_owners=no_owners)
    async with db.transaction() as tx:
        await verification.submit(tx, app.state.vault, replace(handed, typed=typed), by=company.member)


async def test_a_company_elsewhere_says_who_owns_or_controls_it(app, db, ctx, overseas):
    with pytest.raises(Invalid) as refused:
        await ask(app, db, ctx, overseas)
    assert "owners" in refused.value.errors
    with pytest.raises(Invalid):
        await ask(app, db, ctx, overseas, ("Alma Quist", "person", "SE", "10", ""))
    await ask(app, db, ctx, overseas, ("Alma Quist", "person", "SE", "10", "yes"))


async def test_what_listed_owners_hold_together_counts_the_company_with_them(
    app,
    db,
    ctx,
    overseas,
    take,
    screened,
    staff,
):
    await take(*LISTED, key="ofac-sdn")
    await ask(app, db, ctx, overseas, ALMA, BRUNO)
    await screened()
    found = {match.role: match for match in await matches(db) if match.role != "company"}
    assert set(found) == {"owner", "owned"}
    whole = found["owned"]
    assert whole.reasons[0]["ours"] == "Alma Quist 30 % + Bruno Falkenrath 25 % = 55 %"
    assert (whole.names[0], whole.state, whole.reasons[0]["feature"]) == ("Hansa Import", MatchState.OPEN, "owned")
    assert await stopped(db, overseas, Point.CONTRACT)
    # One of them turns out to be somebody else: what the other holds is not enough.
    [bruno] = [match for match in await matches(db) if match.names == ["Bruno Falkenrath"]]
    await decide(db, bruno.id, Proposal.CLEAR, *staff[:2])
    await screened()
    assert [match.state for match in await matches(db) if match.role == "owned"] == [MatchState.LAPSED]


async def test_an_owner_listed_later_is_added_to_those_before(app, db, ctx, overseas, take, screened):
    await take(LISTED[0], key="ofac-sdn")
    await ask(app, db, ctx, overseas, ALMA, BRUNO)
    await screened()
    assert "owned" not in {match.role for match in await matches(db)}
    await take(*LISTED, key="ofac-sdn")
    assert "owned" in {match.role for match in await matches(db)}


async def test_thirty_percent_stop_nobody_but_the_owner_s_own_match(app, db, ctx, overseas, take, screened):
    await take(LISTED[0], key="ofac-sdn")
    await ask(app, db, ctx, overseas, ALMA)
    await screened()
    assert [match.role for match in await matches(db)] == ["owner"]
