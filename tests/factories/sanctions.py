"""Sanctions lists in the formats of those who publish them, with people and companies that do not exist."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from trust.screening.entries import Entry, Kind, Name, Strength
from trust.screening.models import ListedEntry, Match, SanctionsList
from trust.screening.states import MatchState

UN_HEAD = '<?xml version="1.0" encoding="UTF-8"?><CONSOLIDATED_LIST dateGenerated="2026-10-01T00:00:09.554Z">'
PERSON = """
<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>ORSO</FIRST_NAME><SECOND_NAME>  BELLANTE
</SECOND_NAME><UN_LIST_TYPE>XYZ</UN_LIST_TYPE><REFERENCE_NUMBER>XYi.001</REFERENCE_NUMBER>
<LISTED_ON>2019-05-04</LISTED_ON><NAME_ORIGINAL_SCRIPT>奥尔索</NAME_ORIGINAL_SCRIPT>
<COMMENTS1>Trades in timber.</COMMENTS1>
<NATIONALITY><VALUE>Utopia</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Orso Belante</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Bear</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ADDRESS><COUNTRY>Erewhon</COUNTRY></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1960</FROM_YEAR><TO_YEAR>1962</TO_YEAR>
</INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>UT 55</NUMBER></INDIVIDUAL_DOCUMENT>
</INDIVIDUAL>
"""


def company(number: int, name: str) -> str:
    return (
        f"<ENTITY><DATAID>{number}</DATAID><FIRST_NAME>{name}</FIRST_NAME><UN_LIST_TYPE>XYZ</UN_LIST_TYPE>"
        f"<REFERENCE_NUMBER>XYe.{number:03}</REFERENCE_NUMBER><LISTED_ON>2020-01-02</LISTED_ON>"
        "<ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>Old Lantern</ALIAS_NAME></ENTITY_ALIAS>"
        "<ENTITY_ADDRESS><COUNTRY>Utopia</COUNTRY></ENTITY_ADDRESS></ENTITY>"
    )


def un(*companies: str, person: bool = True) -> bytes:
    """The United Nations' list: one person, and companies numbered from 1."""
    people = PERSON if person else ""
    listed = "".join(company(number, name) for number, name in enumerate(companies, start=1))
    body = f"<INDIVIDUALS>{people}</INDIVIDUALS><ENTITIES>{listed}</ENTITIES></CONSOLIDATED_LIST>"
    return (UN_HEAD + body).encode()


SDN = (
    '101,"LANTERN SHIPPING S.A.",-0- ,"XYZ",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"Tax ID No. 77-1 (Utopia); Linked To: X."\r\n'
    '102,"BELLANTE, Orso","individual","XYZ","Captain",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"DOB 04 May 1961; alt. DOB 1962; nationality Utopia; Passport UT55 (Utopia) expires 2030; '
    "a.k.a. 'THE BEAR'.\"\r\n"
    '103,"SEA BEAR","vessel","XYZ",-0- ,"UTB5","General Cargo",-0- ,-0- ,"Erewhon",-0- ,'
    '"Vessel Registration Identification IMO 9000001."\r\n'
)
ALT = '101,1,"aka","LANTERN LINES",-0- \r\n101,2,"fka","OLD LANTERN, LTD",-0- \r\n'
ADD = '101,1,"1 Quay","Port","Utopia",-0- \r\n102,2,-0- ,-0- ,"Erewhon",-0- \r\n'


def ofac() -> tuple[bytes, bytes, bytes]:
    """Main file, names and places, the first ended as under DOS."""
    return SDN.encode() + b"\x1a", ALT.encode(), ADD.encode()


def sheet(rows: Sequence[str], head: str = "reference,kind,name,aliases,countries,listed_on") -> bytes:
    return ("\ufeff" + "\r\n".join([head, *rows]) + "\r\n").encode()


async def make_match(tx: AsyncSession, company: UUID, *, name: str = "FOO TRADING", tier: str = "review") -> UUID:
    """A company's open match with an entry of a list of which no version was taken in: it stops, and is not due."""
    await tx.merge(SanctionsList(key="made-up", name="A made-up list", form="sheet"))
    await tx.flush()
    entry = Entry(str(new_id()), Kind.COMPANY, (Name(name, Strength.PRIMARY),), countries=("China",))
    listed = ListedEntry(
        list_key="made-up", reference=entry.reference, since=1, content=entry.content(), digest=entry.digest()
    )
    tx.add(listed)
    await tx.flush()
    match = Match(
        organisation_id=company,
        role="company",
        names=["Foo Trading Co., Ltd."],
        known={"countries": ["CN"], "identifiers": ["91440300MA5DKX1F2N"]},
        party_digest="0" * 64,
        entry_id=listed.id,
        list_key="made-up",
        list_version=1,
        score=Decimal("0.980"),
        reasons=[
            {"feature": "name", "part": "0.950", "ours": "Foo Trading Co., Ltd.", "theirs": name},
            {"feature": "country_agrees", "part": "0.030", "ours": "CN", "theirs": "China"},
        ],
        tier=tier,
        action="review",
        state=MatchState.OPEN,
    )
    tx.add(match)
    await tx.flush()
    return match.id
