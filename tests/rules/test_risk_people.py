"""Rules about people, buyers and carriage, on both sides of each threshold; nothing but facts in and a decision out."""

import json
import pathlib
from decimal import Decimal

import pytest

from trust.risk import parties, texts
from trust.risk.engine import Action, Mode, Notice, Point, Setting, decide
from trust.risk.facts import BankFacts, ContractFacts, DocumentFacts, PayoutFacts
from trust.risk.facts_of_people import (
    ChargebackFacts,
    FileFacts,
    JoiningFacts,
    PaperFacts,
    PartiesFacts,
    ReceiptFacts,
    RefundFacts,
    ShipmentFacts,
    VerificationFacts,
)
from trust.risk.rules import buyers, carriage, mail, people
from trust.risk.rules.carriage import wrong_number
from trust.risk.rules.catalogue import RULES
from trust.risk.rules.mail import domain_of, label, looks_like, own

PARAMETERS = {
    "ID-01": {"percent": 85, "hours": 720},
    "ID-02": {"review_at": 2, "hold_at": 3, "hours": 72, "weak": 2},
    "ID-03": {"above_usd": 1000000},
    "ID-04": {"signs": 2, "hours": 72, "let_pass": ["lantern-shop.com"]},
    "ID-05": {"days": 180, "above_usd": 50000},
    "ID-06": {"signs": 3, "at_address": 10},
    "ID-07": {"words": 1, "above_usd": 20000},
    "ID-11": {"hours": 720, "let_pass": ["device"]},
    "BUY-01": {"percent": 105, "alike": 85, "hours": 72},
    "BUY-02": {"percent": 85, "hours": 72},
    "BUY-03": {"let_pass": ["vessel_named_later"]},
    "BUY-04": {"times": 2},
    "BUY-06": {"let_pass": ["CH-NL"], "high_risk": ["KG"], "hours": 72},
    "BUY-07": {"limit_usd": 20000, "completed": 3, "known_usd": 100000},
    "BEC-06": {"at_least": 1, "hours": 72},
    "BEC-08": {"accounts": 2},
    "ADV-05": {"days": 3, "hours": 72},
    "ADV-06": {"orders": 1, "hours": 168},
    "ADV-07": {"times": 3, "cases": 5},
}
NAMES = ("Hansa Import GmbH",)


def made(point, facts):
    settings = {code: Setting(code, Mode.LIVE, parameters) for code, parameters in PARAMETERS.items()}
    return decide(point, facts, RULES.values(), settings)


def contract(cents=10_000_000, **parties):
    return ContractFacts(cents, Decimal(30), 5, ("Ceramic mug with lid",), parties=PartiesFacts(**parties))


def paper(**said):
    return DocumentFacts(paper=PaperFacts(**said))


SOFT = "Payment by letter of credit. The inspection certificate shall be issued and signed by the applicant."
CASES = [
    # ID-01: the register's name at 85 %, and the number
    (Point.VERIFICATION, VerificationFacts(register=85), None),
    (Point.VERIFICATION, VerificationFacts(register=84), ("ID-01", Action.REVIEW, 720)),
    (Point.VERIFICATION, VerificationFacts(register=100, same_number=False), ("ID-01", Action.REVIEW, 720)),
    # ID-02: one strong thing in common, or two weak ones
    (Point.CONTRACT, contract(shared=("bank",)), ("ID-02", Action.REVIEW, 0)),
    (Point.CONTRACT, contract(shared=("address", "phone")), ("ID-02", Action.REVIEW, 0)),
    (Point.CONTRACT, contract(shared=("address",)), None),
    (Point.CONTRACT, contract(), None),
    (Point.BANK_CHANGE, BankFacts("CN", "CN", "x", ("x",), parties=2), ("ID-02", Action.REVIEW, 0)),
    (Point.BANK_CHANGE, BankFacts("CN", "CN", "x", ("x",), parties=3), ("ID-02", Action.REVIEW, 72)),
    (Point.BANK_CHANGE, BankFacts("CN", "CN", "x", ("x",)), None),
    # ID-03
    (Point.REGISTRATION, JoiningFacts("mailinator.com"), ("ID-03", Action.WARN, 0)),
    (Point.REGISTRATION, JoiningFacts("x.mailinator.com"), ("ID-03", Action.WARN, 0)),
    (Point.REGISTRATION, JoiningFacts("gmail.com"), None),
    (Point.VERIFICATION, VerificationFacts("gmail.com", cents=100_000_001), ("ID-03", Action.WARN, 0)),
    (Point.VERIFICATION, VerificationFacts("gmail.com", cents=100_000_000), None),
    (Point.VERIFICATION, VerificationFacts("lantern.cn", cents=100_000_001), None),
    # ID-04
    (Point.REGISTRATION, JoiningFacts("1umenharbour.com", ["lumenharbour.com"]), ("ID-04", Action.REVIEW, 72)),
    (Point.REGISTRATION, JoiningFacts("lumenhabrourr.com", ["lumenharbour.com"]), ("ID-04", Action.REVIEW, 72)),
    (Point.REGISTRATION, JoiningFacts("lumenhabourrrr.com", ["lumenharbour.com"]), None),
    (Point.REGISTRATION, JoiningFacts("lantern-shop.com", ["lanternshop.com"]), None),
    # ID-05
    (Point.CONTRACT, contract(5_000_001, age=179), ("ID-05", Action.WARN, 0)),
    (Point.CONTRACT, contract(5_000_001, age=180), None),
    (Point.CONTRACT, contract(5_000_000, age=179), None),
    # ID-06: three signs, or ten companies at one address
    (Point.VERIFICATION, VerificationFacts("qq.com", website=False, at_address=2), ("ID-06", Action.REVIEW, 0)),
    (Point.VERIFICATION, VerificationFacts("lantern.cn", website=False, at_address=2), None),
    (Point.VERIFICATION, VerificationFacts("lantern.cn", at_address=10), ("ID-06", Action.REVIEW, 0)),
    (Point.VERIFICATION, VerificationFacts("lantern.cn", at_address=9), None),
    (Point.VERIFICATION, VerificationFacts(website=False, at_phone=2, cents=99), ("ID-06", Action.REVIEW, 0)),
    (Point.VERIFICATION, VerificationFacts(website=False, at_phone=2, cents=100), None),
    # ID-07
    (Point.CONTRACT, contract(2_000_001, scope="照明器具；货物进出口", goods="陶瓷杯"), ("ID-07", Action.REVIEW, 0)),
    (Point.CONTRACT, contract(2_000_000, scope="照明器具制造；货物进出口", goods="陶瓷杯"), ("ID-07", Action.WARN, 0)),
    (Point.CONTRACT, contract(2_000_001, scope="照明器具制造", goods="LED照明灯"), None),
    (Point.CONTRACT, contract(2_000_001, scope="照明器具制造", goods="Ceramic mug"), None),
    (Point.CONTRACT, contract(2_000_001, scope="", goods="陶瓷杯"), None),
    # ID-11
    (Point.VERIFICATION, VerificationFacts(ended_by=("person",)), ("ID-11", Action.REVIEW, 720)),
    (Point.VERIFICATION, VerificationFacts(ended_by=("device",)), None),
    (Point.VERIFICATION, VerificationFacts(), None),
    # BUY-01
    (Point.REFUND, RefundFacts(10_600, 10_000, "Hansa Import", "Ocean Ltd", same=False), ("BUY-01", Action.BLOCK, 0)),
    (Point.REFUND, RefundFacts(10_500, 10_000, "Hansa Import", "Ocean Ltd", same=False), ("BUY-01", Action.REVIEW, 72)),
    (Point.REFUND, RefundFacts(10_600, 0, "Hansa Import", "Ocean Ltd", same=False), ("BUY-01", Action.BLOCK, 0)),
    (Point.REFUND, RefundFacts(10_600, 10_000, "Hansa Import", "HANSA IMPORT GMBH"), None),
    (Point.REFUND, RefundFacts(10_600, 10_000, "", "Ocean Ltd", same=False), ("BUY-01", Action.REVIEW, 72)),
    (Point.REFUND, RefundFacts(10_600, 10_000, "Hansa Import"), None),
    # BUY-02
    (Point.RECEIPT, ReceiptFacts("Golden Ocean Holdings", NAMES, same=False), ("BUY-02", Action.REVIEW, 72)),
    (Point.RECEIPT, ReceiptFacts("HANSA IMPORTS", NAMES, same=False), None),
    (Point.RECEIPT, ReceiptFacts("HANSA IMPORT", NAMES, same=True), None),
    (Point.RECEIPT, ReceiptFacts(" ", NAMES, same=False), None),
    # BUY-03
    (Point.CONTRACT, contract(clauses=SOFT), ("BUY-03", Action.WARN, 0)),
    (Point.BANK_CHANGE, BankFacts("CN", "CN", "", (), unlisted=True), ("BUY-03", Action.WARN, 0)),
    (Point.BANK_CHANGE, BankFacts("CN", "CN", "", ()), None),
    (Point.CONTRACT, contract(clauses=SOFT.replace("letter of credit", "transfer")), None),
    (Point.CONTRACT, contract(clauses="凭信用证付款，检验证书由开证申请人签发。"), ("BUY-03", Action.WARN, 0)),
    (Point.CONTRACT, contract(clauses="L/C at sight. The vessel to be named by the applicant."), None),
    (Point.CONTRACT, contract(clauses="L/C at sight against a clean bill of lading."), None),
    # BUY-04
    (Point.CHARGEBACK, ChargebackFacts(1), None),
    (Point.CHARGEBACK, ChargebackFacts(2), ("BUY-04", Action.REVIEW, 0)),
    # BUY-06
    (Point.CONTRACT, contract(destination="DE", places=("KG",)), ("BUY-06", Action.REVIEW, 72)),
    (Point.CONTRACT, contract(destination="DE", places=("NL",)), None),
    (Point.CONTRACT, contract(destination="KG", places=("KG",)), None),
    (Point.CONTRACT, contract(destination="DE"), None),
    (Point.CONTRACT, contract(destination="DE", places=("DE", "KG")), ("BUY-06", Action.REVIEW, 72)),
    (Point.DOCUMENTS, paper(destination="DE", places=("KG",)), ("BUY-06", Action.REVIEW, 72)),
    (Point.DOCUMENTS, paper(destination="DE", places=("TR",)), ("BUY-06", Action.REVIEW, 0)),
    (Point.DOCUMENTS, paper(destination="CH", places=("NL",)), None),
    (Point.DOCUMENTS, paper(destination="DE", places=("DE",)), None),
    (Point.DOCUMENTS, paper(destination="DE"), None),
    # BUY-07: what is paid after shipment, by history
    (Point.CONTRACT, contract(10_000_000, credit=20), None),
    (Point.CONTRACT, contract(10_000_100, credit=20), ("BUY-07", Action.BLOCK, 0)),
    (Point.CONTRACT, contract(10_000_100, credit=20, settled=2), ("BUY-07", Action.BLOCK, 0)),
    (Point.CONTRACT, contract(10_000_100, credit=20, settled=3), None),
    (Point.CONTRACT, contract(10_000_100, credit=100, settled=3), ("BUY-07", Action.BLOCK, 0)),
    # BEC-06, BEC-08
    (Point.FILE, FileFacts(["CI-7F3K-2M9Q"], ours=False, maker="Editor 3"), ("BEC-06", Action.REVIEW, 72)),
    (Point.FILE, FileFacts(["CI-7F3K-2M9Q"], ours=True), None),
    (Point.FILE, FileFacts([]), None),
    (Point.PAYOUT, PayoutFacts(100, [], accounts=2), ("BEC-08", Action.REVIEW, 0)),
    (Point.PAYOUT, PayoutFacts(100, [], accounts=1), None),
    # ADV-05
    (Point.SHIPMENT, ShipmentFacts("CSQU3054383", late=3), None),
    (Point.SHIPMENT, ShipmentFacts("CSQU3054383", late=4), ("ADV-05", Action.WARN, 0)),
    (Point.SHIPMENT, ShipmentFacts("CSQU3054384"), ("ADV-05", Action.HOLD, 72)),
    # ADV-06
    (Point.DOCUMENTS, paper(reused=1), ("ADV-06", Action.REVIEW, 168)),
    (Point.DOCUMENTS, paper(reused=0), None),
    # ADV-07: five late of thirty, and more than three times the share before
    (Point.SHIPMENT, ShipmentFacts("x", recent=(5, 10), before=(1, 10)), ("ADV-07", Action.REVIEW, 0)),
    (Point.SHIPMENT, ShipmentFacts("x", recent=(4, 8), before=(1, 10)), None),
    (Point.SHIPMENT, ShipmentFacts("x", recent=(6, 20), before=(1, 10)), None),
    (Point.SHIPMENT, ShipmentFacts("x", recent=(5, 10)), None),
]  # fmt: skip


@pytest.mark.parametrize(("point", "facts", "found"), CASES)
def test_each_rule_at_its_edges(point, facts, found):
    decision = made(point, facts)
    hits = [(hit.rule.code, hit.judged.action, hit.judged.hours) for hit in decision.hits]
    assert hits == ([found] if found else [])


def test_every_rule_has_a_case_on_each_side():
    rules = {rule.code for rule in (*people.RULES, *buyers.RULES, *carriage.RULES)}
    assert rules == set(PARAMETERS) == {found[0] for *_facts, found in CASES if found}


def test_what_is_stored_can_be_judged_again():
    for point, facts, found in CASES:
        for hit in made(point, facts).hits:
            stored = json.loads(json.dumps(hit.inputs))
            assert hit.rule.judge(stored, PARAMETERS[hit.rule.code]) == hit.judged, found


def test_names_and_addresses_are_not_stored():
    receipt = made(Point.RECEIPT, ReceiptFacts("Golden Ocean Holdings", NAMES, same=False))
    back = made(Point.REFUND, RefundFacts(10_600, 10_000, "Wei Lin", "Ocean Ltd", same=False))
    stored = str([hit.inputs for hit in (*receipt.hits, *back.hits)])
    assert "Ocean" not in stored
    assert "Wei" not in stored


def test_who_is_disputed_again_is_proposed_for_a_restriction():
    assert Notice.RESTRICT in made(Point.CHARGEBACK, ChargebackFacts(2)).notices
    assert Notice.RESTRICT in made(Point.SHIPMENT, ShipmentFacts("x", recent=(5, 10), before=(1, 10))).notices


@pytest.mark.parametrize(
    ("domain", "like"),
    [
        ("lantern-trade.com", "lanterntrade.com"),  # a hyphen
        ("lanterntrade.co", "lanterntrade.com"),  # another ending
        ("lanterntrade.com.cn", "lanterntrade.com"),
        ("lаntеrntrade.com", "lanterntrade.com"),  # Cyrillic a and e
        ("lantemtrade.com", "lanterntrade.com"),  # m for rn
        ("lanterntrdae.com", "lanterntrade.com"),  # two letters changed over
        ("lanterntrad.com", "lanterntrade.com"),
        ("xn--lntrntrade-zqi6d.com", "lanterntrade.com"),  # the same in the form of the wire
        ("lanterntrade.com", None),  # the very domain: a colleague of theirs
        ("gmail.com", None),
        ("cedar.com", None),
        ("redmills.de", "redmill.com"),
        ("redmi11ss.de", None),
        ("mil.de", None),  # too short to be near anything
    ],
)
def test_what_could_be_taken_for_another_domain(domain, like):
    known = ["lanterntrade.com", "redmill.com", "cedars.org.uk.example", "mill.com", "gmail.com"]
    found = looks_like(domain_of(f"wei@{domain}"), known)
    assert (found[0] if found else None) == like


def test_domains_are_read_as_people_see_them():
    assert domain_of("Wei@LANTERN.cn.") == "lantern.cn"
    assert domain_of("wei@xn--bcher-kva.example") == "bücher.example"
    assert domain_of("wei@xn--999999999.com") == "xn--999999999.com"  # no such name: as it was written
    assert domain_of("nobody") == "nobody"
    assert label("mail.lantern.com.cn") == "lantern"
    assert label("") == ""
    assert own("sub.vip.163.com") == ""
    assert own("lantern.cn") == "lantern.cn"
    assert not mail.PUBLIC & mail.DISPOSABLE


@pytest.mark.parametrize(
    ("tracking", "wrong"),
    [
        ("CSQU3054383", ""),
        ("CSQU 305438-3", ""),
        ("CSQU3054380", "container"),
        ("020-1234 5675", ""),
        ("020-1234 5674", "air_waybill"),
        ("02012345674", ""),  # eleven digits may be anything
        ("RR473124829CN", ""),
        ("RR473124828CN", "post"),
        ("COSU6182736450", ""),
        ("1Z999AA10123456784", ""),
        ("", ""),
    ],
)
def test_tracking_numbers_that_cannot_be(tracking, wrong):
    assert wrong_number(tracking) == wrong


def test_traits_are_compared_by_letters_and_figures_alone():
    assert parties.plain("phone", "+86 (755) 1234-5678") == "8675512345678"
    assert parties.plain("address", "Room 5, 88 Harbour Rd.") == parties.plain("address", "room 5 88 HARBOUR RD")
    assert parties.plain("mail", "wei@gmail.com") == ""  # everybody's
    assert parties.plain("mail", "wei@lantern.cn") == parties.plain("mail", "li@LANTERN.cn")
    assert parties.plain("person", "李") == ""


def party(name):
    return parties.Party(name, name, name, "CN", "active", 0)


def edge(a, b, state="", *, strong=False):
    return parties.Edge(party(a), party(b), ("bank",), None, state, strong)


def test_deals_count_until_a_chain_of_confirmed_links_ties_the_two():
    ties = (edge("a", "b", "confirmed"), edge("b", "c", "confirmed"), edge("c", "d", "found"))
    chain = parties.Graph((), ties, False)
    assert not chain.count("a", "c")
    assert chain.count("a", "d")
    assert not parties.Graph((), (edge("a", "b", "found", strong=True),), False).count("a", "b")
    assert parties.Graph((), (edge("a", "b", "dismissed", strong=True),), False).count("a", "b")


SEEDS = ("1-", "one ", "a at a dot ", "wechat id ", "DE12 ", "账号 ", "let's a a ", "avoid on paying the ", "( ", "﷽")


@pytest.mark.parametrize("seed", SEEDS)
def test_long_texts_are_read_in_steps_that_do_not_multiply(seed):
    """A pattern that goes back over itself would not come to an end with these."""
    text = (seed * 100_000)[:100_000]
    for place in texts.find(text):
        assert 0 <= place.start < place.end <= len(text)


def test_the_starting_values_are_those_of_the_catalogue():
    said = pathlib.Path("migrations/versions/2026-11-22-1100_risk_people.py").read_text(encoding="utf-8")
    assert all(f'"{code}"' in said for code in PARAMETERS)
