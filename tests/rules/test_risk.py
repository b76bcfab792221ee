"""The engine of risk, and each rule at its edges; nothing but facts in and a decision out."""

import re
from decimal import Decimal

import pytest
from rapidfuzz import fuzz
from rigour.names import remove_org_types

from trust.risk.engine import BANDS, Action, Mode, Notice, Point, Setting, decide
from trust.risk.facts import (
    AmendmentFacts,
    BankFacts,
    ContractFacts,
    DocumentFacts,
    ListingFacts,
    MessageFacts,
    PayoutFacts,
    QuotationFacts,
)
from trust.risk.facts_of_people import ArrivalFacts, EditFacts, ExclusionFacts, LoginFacts
from trust.risk.known import TradeKnown
from trust.risk.rules.catalogue import RULES
from trust.risk.rules.deals import tokens
from trust.risk.rules.similar import alike, bare

RAISED_BY_PEOPLE = {"OPS-05"}
PARAMETERS = {
    "OFF-01": {"mask_at": 2, "restrict_at": 3},
    "OFF-02": {"at_least": 1},
    "BEC-01": {"open_deals": 1, "hours": 72},
    "BEC-02": {"hours": 72, "let_pass": ["CN-HK"]},
    "BEC-03": {"percent": 85, "hours": 72},
    "BEC-04": {"at_least": 1},
    "BEC-05": {"hours": 72},
    "BUY-05": {"a_day": 20},
    "ID-02": {"review_at": 2, "hold_at": 3, "hours": 72},
    "ID-08": {"hours": 24, "kilometres_an_hour": 900},
    "ADV-01": {"percent": 50, "completed": 3, "all_above_usd": 5000, "hold_above_usd": 20000, "hours": 48},
    "ADV-02": {"others": 20, "z": 350, "of_fifth": 50},
    "ADV-03": {"days": 14, "listings": 50, "quotations": 30, "hours": 24},
    "ADV-04": {"former": 5, "times": 10, "hours": 72},
    "INF-04": {"let_pass": []},
    "TBML-02": {"tokens": 3, "above_usd": 10000, "hours": 72},
    "TBML-03": {"let_pass": ["Currency"], "hours": 168},
    "TBML-13": {"amounts": 3, "due_days": 5},
    "ID-09": {"tries": 10},
    "OPS-04": {"weak": 2, "let_pass": ["device"]},
}
NAMES = ("灯港贸易有限公司", "Shenzhen Foo Trading Co., Ltd.")


def settings(mode=Mode.LIVE, **changed):
    found = {code: Setting(code, mode, PARAMETERS[code]) for code in PARAMETERS}
    return found | {code.replace("_", "-"): setting for code, setting in changed.items()}


def made(point, facts, **changed):
    return decide(point, facts, RULES.values(), settings(**changed))


def account(**changed):
    facts = {"country": "CN", "company_country": "CN", "holder": NAMES[1], "names": NAMES}
    return BankFacts(**facts | changed)


def listing(price="100", market=(), **changed):
    return ListingFacts(**{"text": "Ceramic mug", "price": Decimal(price), "market": market} | changed)


def contract(cents, percent, completed=0, goods=("Ceramic mug with bamboo lid 350 ml",)):
    return ContractFacts(cents, Decimal(percent), completed, goods)


def priced(price, others):
    """Of two lines, one as the others ask, and one at this price."""
    lines = [(Decimal(100), prices(others)), (Decimal(price), prices(others))]
    return ContractFacts(100_000, Decimal(30), 5, (), known=TradeKnown(prices=lines))


def prices(number):
    return [Decimal(95 + place % 11) for place in range(number)]


@pytest.mark.parametrize(
    ("point", "facts", "found"),
    [
        # message: reminded, masked, looked at; after the contract contact data are normal
        (Point.MESSAGE, MessageFacts("mail a@b.com", before_contract=True), ("OFF-01", Action.ALLOW, 0)),
        (Point.MESSAGE, MessageFacts("mail a@b.com", before_contract=True, earlier=1), ("OFF-01", Action.WARN, 0)),
        (Point.MESSAGE, MessageFacts("mail a@b.com", before_contract=True, earlier=2), ("OFF-01", Action.REVIEW, 0)),
        (Point.MESSAGE, MessageFacts("mail a@b.com", before_contract=False), None),
        (Point.MESSAGE, MessageFacts("Western Union please", before_contract=False), ("OFF-02", Action.BLOCK, 0)),
        (Point.MESSAGE, MessageFacts("our new bank account", before_contract=False), ("BEC-04", Action.REVIEW, 0)),
        (
            Point.MESSAGE,
            MessageFacts("our new bank account, pay immediately", before_contract=False),
            ("BEC-05", Action.REVIEW, 72),
        ),
        (Point.MESSAGE, MessageFacts("urgent: samples please", before_contract=False), None),
        (Point.MESSAGE, MessageFacts("hello", before_contract=False, same=20), None),
        (Point.MESSAGE, MessageFacts("hello", before_contract=False, same=21), ("BUY-05", Action.BLOCK, 0)),
        # bank accounts
        (Point.BANK_CHANGE, account(), None),
        (Point.BANK_CHANGE, account(open_deals=1), ("BEC-01", Action.HOLD, 72)),
        (Point.BANK_CHANGE, account(country="SG"), ("BEC-02", Action.REVIEW, 72)),
        (Point.BANK_CHANGE, account(country="HK"), None),
        (Point.BANK_CHANGE, account(holder="FOO TRADING (SHENZHEN) COMPANY LIMITED"), None),
        (Point.BANK_CHANGE, account(holder="Wei Lin"), ("BEC-03", Action.BLOCK, 0)),
        (Point.BANK_CHANGE, account(parties=2), ("ID-02", Action.REVIEW, 0)),
        (Point.BANK_CHANGE, account(parties=3), ("ID-02", Action.REVIEW, 72)),
        (Point.BANK_CHANGE, account(new_device=True), ("ID-08", Action.HOLD, 24)),
        # payouts
        (Point.PAYOUT, PayoutFacts(1_000, [100] * 5), None),
        (Point.PAYOUT, PayoutFacts(1_001, [100] * 5), ("ADV-04", Action.REVIEW, 72)),
        (Point.PAYOUT, PayoutFacts(1_001, [100] * 4), None),
        (Point.PAYOUT, PayoutFacts(1, [], "Wei Lin", NAMES), ("BEC-03", Action.REVIEW, 72)),
        # listings: 30 % of the median among 25, and among 10
        (Point.LISTING, listing("30", prices(25)), ("ADV-02", Action.REVIEW, 0)),
        (Point.LISTING, listing("30", prices(10)), None),
        (Point.LISTING, listing("30", prices(19)), None),
        (Point.LISTING, listing("30", prices(20)), ("ADV-02", Action.REVIEW, 0)),
        (Point.LISTING, listing("90", prices(25)), None),
        (Point.LISTING, listing("300", prices(25)), None),
        (Point.LISTING, listing("95", [Decimal(100)] * 25), None),
        (Point.LISTING, listing(text="High quality 1:1 replica watch"), ("INF-04", Action.BLOCK, 0)),
        (Point.LISTING, listing(text="高仿手表"), ("INF-04", Action.BLOCK, 0)),
        (Point.LISTING, listing(text="Replicator gears, mix 1:1 by weight"), None),
        (Point.LISTING, listing(today=51, days_here=13), ("ADV-03", Action.HOLD, 24)),
        (Point.LISTING, listing(today=50, days_here=13), None),
        (Point.LISTING, listing(today=51, days_here=14), None),
        (Point.QUOTATION, QuotationFacts(31, 3), ("ADV-03", Action.HOLD, 24)),
        (Point.QUOTATION, QuotationFacts(30, 3), None),
        # contracts, in cents
        (Point.CONTRACT, contract(100_000, 50), None),
        (Point.CONTRACT, contract(100_000, 51), ("ADV-01", Action.WARN, 0)),
        (Point.CONTRACT, contract(100_000, 51, completed=3), None),
        (Point.CONTRACT, contract(500_100, 100, completed=9), ("ADV-01", Action.WARN, 0)),
        (Point.CONTRACT, contract(2_000_100, 51), ("ADV-01", Action.HOLD, 48)),
        (Point.CONTRACT, contract(None, 100), None),
        (Point.CONTRACT, contract(1_000_100, 30, goods=("Accessories and samples",)), ("TBML-02", Action.HOLD, 72)),
        (Point.CONTRACT, contract(1_000_000, 30, goods=("Accessories and samples",)), None),
        # contracts: 30 % of the median among 25 is told of before anybody signs, and among 10 not
        (Point.CONTRACT, priced("30", 25), ("ADV-02", Action.WARN, 0)),
        (Point.CONTRACT, priced("30", 10), None),
        (Point.CONTRACT, priced("300", 25), None),
        # papers
        (Point.DOCUMENTS, DocumentFacts([("Gross weight, kg", "10000", "8000")]), ("TBML-03", Action.HOLD, 168)),
        (Point.DOCUMENTS, DocumentFacts([("Currency", "USD", "EUR")]), None),
        (Point.DOCUMENTS, DocumentFacts(), None),
        (Point.AMENDMENT, AmendmentFacts(2), None),
        (Point.AMENDMENT, AmendmentFacts(3), ("TBML-13", Action.REVIEW, 0)),
        (Point.BANK_CHANGE, account(due_in=4), ("TBML-13", Action.REVIEW, 0)),
        (Point.BANK_CHANGE, account(due_in=5), None),
        (Point.LOGIN, LoginFacts(11), ("ID-09", Action.REVIEW, 0)),
        (Point.LOGIN, LoginFacts(10), None),
        # who publishes from a new browser, or comes from farther than anybody travels
        (Point.EDIT, EditFacts(new_device=True), ("ID-08", Action.HOLD, 24)),
        (Point.EDIT, EditFacts(new_device=False), None),
        (Point.ARRIVAL, ArrivalFacts("CN", "DE", 60), ("ID-08", Action.HOLD, 24)),
        (Point.ARRIVAL, ArrivalFacts("CN", "DE", 6 * 60), None),
        (Point.ARRIVAL, ArrivalFacts("CN", "HK", 0), None),
        (Point.ARRIVAL, ArrivalFacts("DE", "PL", 0), None),
        (Point.ARRIVAL, ArrivalFacts("CN", "ZZ", 0), None),
        # who is tied to an excluded company
        (Point.EXCLUSION, ExclusionFacts("c", ["bank"]), ("OPS-04", Action.REVIEW, 0)),
        (Point.EXCLUSION, ExclusionFacts("c", ["phone"]), None),
        (Point.EXCLUSION, ExclusionFacts("c", ["device"]), None),
        (Point.EXCLUSION, ExclusionFacts("c", ["phone", "mail"]), ("OPS-04", Action.REVIEW, 0)),
        (Point.EXCLUSION, ExclusionFacts("c", ["phone"], confirmed=True), ("OPS-04", Action.REVIEW, 0)),
    ],
)
def test_each_rule_at_its_edge(point, facts, found):
    decision = made(point, facts)
    if found is None:
        assert decision.hits == ()
        return
    code, action, hours = found
    assert code in {hit.rule.code for hit in decision.hits}
    assert (decision.action, decision.hours) == (action, hours)


def test_a_rule_in_shadow_is_written_down_and_does_nothing():
    shadow = Setting("x", Mode.SHADOW, PARAMETERS["OFF-02"])
    decision = made(Point.MESSAGE, MessageFacts("by moneygram", before_contract=False), OFF_02=shadow)
    assert [hit.mode for hit in decision.hits] == [Mode.SHADOW]
    assert (decision.action, decision.score, decision.notices) == (Action.ALLOW, 0, frozenset())


def test_a_rule_that_is_off_is_not_asked():
    off = Setting("x", Mode.OFF, PARAMETERS["OFF-02"])
    assert made(Point.MESSAGE, MessageFacts("by moneygram", before_contract=False), OFF_02=off).hits == ()


def test_parameters_on_trial_never_act():
    both = Setting("x", Mode.LIVE, PARAMETERS["ADV-04"], {"former": 1, "times": 2, "hours": 1})
    decision = made(Point.PAYOUT, PayoutFacts(300, [100]), ADV_04=both)
    assert [hit.mode for hit in decision.hits] == [Mode.TRIAL]
    assert (decision.action, decision.hours) == (Action.ALLOW, 0)


def test_scores_add_up_to_a_hundred_at_most_and_lead_to_what_the_bands_say():
    bands = Setting("b", Mode.LIVE, {"warn": 40, "review": 90})
    assert made(Point.BANK_CHANGE, account(open_deals=1), SCORE=bands).action is Action.HOLD
    much = made(Point.BANK_CHANGE, account(open_deals=1, country="SG", parties=3, new_device=True), SCORE=bands)
    assert (much.score, much.action) == (100, Action.REVIEW)
    few = made(Point.MESSAGE, MessageFacts("mail a@b.com", before_contract=True), SCORE=bands)
    assert (few.score, few.action) == (10, Action.ALLOW)
    assert BANDS not in RULES


def test_the_strongest_action_wins_and_the_longest_hold():
    decision = made(Point.BANK_CHANGE, account(holder="Wei Lin", new_device=True, parties=3))
    assert (decision.action, decision.hours) == (Action.BLOCK, 72)
    assert decision.leading.rule.code == "BEC-03"


def test_stored_inputs_hold_no_text_and_no_name_and_are_enough_to_judge_again():
    text = "Pay to DE89 3704 0044 0532 0130 00 immediately, mail wei@lantern.cn"
    decision = made(Point.MESSAGE, MessageFacts(text, before_contract=True))
    for hit in decision.hits:
        assert "3704 0044" not in str(hit.inputs)
        assert "wei@lantern" not in str(hit.inputs)
        assert hit.rule.judge(hit.inputs, hit.parameters) == hit.judged
    [held] = made(Point.BANK_CHANGE, account(holder="Wei Lin")).hits
    assert "Wei" not in str(held.inputs)


def test_masking_is_asked_for_from_the_second_time():
    first, second = (
        made(Point.MESSAGE, MessageFacts("mail a@b.com", before_contract=True, earlier=n)).notices for n in (0, 1)
    )
    assert (first, second) == ({Notice.REMIND}, {Notice.MASK})


def test_golden_5_normalisation_decides_whether_two_names_are_one():
    """What each step is worth, measured: raw, in small letters without the forms that the library knows, with ours. At
    85 percent, where names count as one, only the last finds it.
    """
    ours, listed = "Shenzhen Foo Trading Co., Ltd.", "FOO TRADING (SHENZHEN) COMPANY LIMITED"
    plain = [re.sub(r"[^a-z]+", " ", remove_org_types(name.lower())).strip() for name in (ours, listed)]
    assert plain == ["shenzhen foo trading", "foo trading shenzhen company"]
    assert round(fuzz.token_set_ratio(ours, listed), 1) == 20.6
    assert round(fuzz.token_sort_ratio(*plain), 1) == 83.3
    assert bare(ours).split() == ["shenzhen", "foo", "trading"]
    assert sorted(bare(listed).split()) == ["foo", "shenzhen", "trading"]
    assert alike(ours, [listed]) == 100


def test_names_are_compared_without_their_legal_form():
    assert alike("Foo Industries Ltd", ["Bar Trading GmbH"]) < 85
    assert alike("灯港贸易有限公司", ["灯港贸易股份有限公司"]) == 100


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("Accessories", 0),
        ("general goods, samples", 0),
        ("Ceramic mug", 2),
        ("Ceramic mug LT-350", 3),
        ("陶瓷马克杯", 2),
    ],
)
def test_words_that_tell_something(said, number):
    assert tokens(said) == number


def test_every_rule_says_where_it_acts():
    for code, rule in RULES.items():
        assert code == rule.code
        assert rule.points or code in RAISED_BY_PEOPLE
        assert 0 <= rule.weight <= 100
