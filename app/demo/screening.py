"""A made-up sanctions list on which somebody is called nearly like a company of the demo world."""

from datetime import timedelta

from app.core import clock
from app.demo.cast import Stage
from app.demo.people import Organisation
from app.demo.timeline import Story
from trust.access import Role
from trust.screening import rules, service
from trust.screening.entries import Entry, Kind, Name, Strength
from trust.screening.rules import Scope
from trust.screening.service import Taken
from trust.screening.states import Action

KEY = "demo-list"


async def near_miss(stage: Stage, seed: Organisation) -> Story:
    """Two people agree that this list only informs; then it is taken in, and everybody compared with it."""
    yield stage.now - timedelta(minutes=12)
    async with stage.ctx.db.transaction() as tx:
        keeper = await stage.clerk(tx, Role.COMPLIANCE)
        taken = Taken(KEY, "Made-up list for this demonstration", "sheet", clock.now().date(), _entries(seed), "0" * 64)
        await service.take_in(tx, taken, by=keeper)
        scope, today = Scope(list_key=KEY), clock.now().date()
        reason = "Nobody on this list exists: it shows the desk, and stops nothing."
        rule = await rules.propose_policy(tx, scope, Action.INFORM, effective_from=today, reason=reason, by=keeper)
        await rules.decide(tx, rule, agreed=True, by=await stage.clerk(tx, Role.ADMIN))


def _entries(seed: Organisation) -> list[Entry]:
    likest = " ".join(seed.name_latin.upper().replace(",", "").split()[:2])
    return [
        Entry(
            "DEMO-1",
            Kind.COMPANY,
            (Name(seed.name_latin.upper(), Strength.PRIMARY), Name(likest, Strength.WEAK)),
            programme="DEMO",
            countries=("Iran",),
            identifiers=("Registration ID 100200300",),
            listed_on="2025-03-01",
            remarks="A company of another country with nearly the same name. It does not exist.",
        ),
        Entry(
            "DEMO-3",
            Kind.VESSEL,
            (Name("SEA HERON", Strength.PRIMARY),),
            identifiers=("Vessel Registration Identification IMO 9176187",),
            remarks="A ship of the same name as one that carries goods here. It does not exist.",
        ),
        Entry("DEMO-2", Kind.PERSON, (Name("Orsolya Bellantine", Strength.PRIMARY),), born=("1961-04-02",)),
    ]
