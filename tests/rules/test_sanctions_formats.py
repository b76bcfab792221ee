"""Sanctions lists as they are published: read whole, or refused with the place named."""

import pytest

from tests.factories import sanctions
from trust.screening import entries
from trust.screening.entries import Kind, Name, Strength
from trust.screening.errors import BadList
from trust.screening.formats import ofac, sheet, un


def test_the_united_nations_list():
    made, found = un.read(sanctions.un("LANTERN TRADING"))
    person, company = found
    assert made.isoformat() == "2026-10-01"
    assert person.names == (
        Name("ORSO BELLANTE", Strength.PRIMARY),
        Name("奥尔索", Strength.ORIGINAL),
        Name("Orso Belante", Strength.STRONG),
        Name("The Bear", Strength.WEAK),
    )
    assert (person.reference, person.kind, person.programme) == ("XYi.001", Kind.PERSON, "XYZ")
    assert (person.countries, person.born) == (("Utopia", "Erewhon"), ("1960/1962",))
    assert (person.identifiers, person.listed_on) == (("Passport UT 55",), "2019-05-04")
    assert company.names[1] == Name("Old Lantern", Strength.FORMER)
    assert company.kind is Kind.COMPANY


BODY = b"<CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>"
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + BODY
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + BODY
WHOLE = sanctions.un("LANTERN TRADING")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        b"reference,kind,name",
        WHOLE[:-40],
        BOMB,
        OUTSIDE,
        b"<html/>",
        sanctions.un(person=False),
        WHOLE.replace(b"2026-10-01", b"yesterday!"),
        WHOLE.replace(b"<FIRST_NAME>LANTERN TRADING</FIRST_NAME>", b"<FIRST_NAME> </FIRST_NAME>").replace(
            b"Old Lantern", b"..."
        ),
        WHOLE.replace(b"UTF-8", b"UTF-99"),
    ],
    ids=["nothing", "bytes", "csv", "cut short", "bomb", "outside", "html", "empty", "no day", "no name", "encoding"],
)
def test_what_is_no_list_of_the_united_nations(data):
    with pytest.raises(BadList) as refused:
        un.read(data)
    assert list(refused.value.errors) == ["un"]


def test_ofac_s_three_files():
    company, person, ship = ofac.read(*sanctions.ofac())
    assert company.names == (
        Name("LANTERN SHIPPING S.A.", Strength.PRIMARY),
        Name("LANTERN LINES", Strength.STRONG),
        Name("OLD LANTERN, LTD", Strength.FORMER),
    )
    assert (company.kind, company.countries, company.identifiers) == (Kind.COMPANY, ("Utopia",), ("Tax ID No. 77-1",))
    assert person.names[1] == Name("THE BEAR", Strength.WEAK)
    assert person.born == ("1961-05-04", "1962")
    assert person.countries == ("Utopia", "Erewhon")
    assert person.identifiers == ("Passport UT55",)
    assert (ship.kind, ship.countries) == (Kind.VESSEL, ("Erewhon",))
    assert ship.identifiers == ("Vessel Registration Identification IMO 9000001", "Call sign UTB5")


@pytest.mark.parametrize(
    ("place", "data", "field"),
    [
        (0, b"", "sdn"),
        (0, b"101,Lantern\r\n", "sdn"),
        (0, b"<xml/>", "sdn"),
        (0, sanctions.SDN.encode().replace(b"LANTERN", b"LAN\0TERN"), "sdn"),
        (0, b'101,"' + b"x" * 200_000 + b'"\r\n', "sdn"),
        (1, b"", "alt"),
        (1, sanctions.SDN.encode(), "alt"),
        (1, b'999,1,"aka","NOBODY",-0- \r\n', "alt"),
        (2, b'999,1,-0- ,-0- ,"Utopia",-0- \r\n', "add"),
    ],
)
def test_files_that_do_not_belong_together(place, data, field):
    files = list(sanctions.ofac())
    files[place] = data
    with pytest.raises(BadList) as refused:
        ofac.read(*files)
    assert list(refused.value.errors) == [field]


def test_a_list_that_people_filled_in():
    rows = ["A-1,company,灯塔贸易有限公司,Lantern Trading; LT,CN,2025-01-09", "A-2,vessel,Sea Bear,,,"]
    [one, two] = sheet.read(sanctions.sheet(rows))
    assert [name.text for name in one.names] == ["灯塔贸易有限公司", "Lantern Trading", "LT"]
    assert (one.countries, one.listed_on, two.kind) == (("CN",), "2025-01-09", Kind.VESSEL)
    assert sheet.TEMPLATE.strip().split(",")[:3] == ["reference", "kind", "name"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (sanctions.sheet([]), "empty"),
        (sanctions.sheet(["1,company,X"], head="reference,kind"), "name"),
        (sanctions.sheet(["1,firm,Lantern,,,"]), "Row 2: the kind"),
        (sanctions.sheet(["1,company,Lantern,,,", "2,company,,Alias,,"]), "Row 3"),
        (sanctions.sheet(["1,company,Lantern,,,yesterday"]), "Row 2: please write the day"),
        (sanctions.sheet(["1,company,Lantern,,,", "1,person,Orso,,,"]), "Row 3 has the reference of row 2"),
        (
            sanctions.sheet(["", "1,company,Lantern,,,", ",,,,,", "1,person,Orso,,,"]),
            "Row 5 has the reference of row 3",
        ),
        (sanctions.sheet(["1,company,Lantern,,,,one,more"]), "too many columns"),
        ("reference,kind,name\n1,company,灯塔".encode("gbk"), "UTF-8"),
        (sanctions.sheet(["1,company,Lan\0tern,,,"]), "no CSV"),
        (sanctions.sheet(["1,company," + "x" * 200_000]), "no CSV"),
        (b"", "reference"),
    ],
)
def test_what_is_wrong_with_a_sheet_is_named(data, said):
    with pytest.raises(BadList, match=said):
        sheet.read(data)


def test_what_is_kept_of_an_entry_is_the_entry():
    for entry in (*un.read(WHOLE)[1], *ofac.read(*sanctions.ofac())):
        assert entries.of(entry.content()) == entry
        assert entries.of(entry.content()).digest() == entry.digest()


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("  ÉTABLISSEMENTS  Löwe & Söhne, S.A.R.L. ", "etablissements lowe sohne s a r l"),
        ("ＬＡＮＴＥＲＮ　公司", "lantern 公司"),
        ("Al-Ḥusayn", "al husayn"),
        ("‮drow", "drow"),
        ("…", ""),
    ],
)
def test_names_are_folded(name, plain):
    assert entries.folded(name) == plain
