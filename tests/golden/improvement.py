"""I-11 Quality improvement: each measure now and in the same days a year before."""

from decimal import Context, Decimal
from fractions import Fraction

from tests.golden.deals import converted, deals, unlinked
from tests.golden.quality import Measure, complaints, covered, inspections, returned, tested
from tests.golden.raw import World
from tests.golden.telling import Stretch, Told, total

CODES = (
    *("I-11.1", "I-11.2", "I-11.3", "I-11.4", "I-11.5", "I-11.5.share"),
    *("I-11.6", "I-11.6.matched", "I-11.7"),
)
PRECISE = Context(prec=60)
Goods = dict[tuple[str, str], tuple[Fraction, Fraction]]
"""HS6 and unit → dollars and quantity."""


def figures(world: World, stretch: Stretch) -> Told:
    told, before = Told(), stretch.year_before
    for code, times, now, then in (
        ("I-11.1", 100, _passed(world, stretch), _passed(world, before)),
        ("I-11.2", 100, _returned(world, stretch), _returned(world, before)),
        ("I-11.3", 1000, complaints(world, stretch), complaints(world, before)),
        ("I-11.4", 100, _covered(world, stretch), _covered(world, before)),
        ("I-11.5", 100, _tested(world, stretch), _tested(world, before)),
    ):
        value = None
        if now[1] and then[1]:
            value = round(now[0] * times / now[1] - then[0] * times / then[1], 2)
        told.lines[code, "", ""] = value, now[1], then[1]
    told.percent("I-11.5.share", *_tested(world, stretch))
    _unit_values(told, _goods(world, stretch), _goods(world, before))
    guided = {
        row.organisation_id
        for row in world.quality_work
        if row.kind == "guidance" and row.state != "withdrawn" and stretch.has_day(row.day) and row.organisation_id
    }
    told.value("I-11.7", len(guided))
    return told


def _passed(world: World, stretch: Stretch) -> Measure:
    rows = inspections(world, stretch)
    return Fraction(sum(row[1] for row in rows)), Fraction(len(rows))


def _returned(world: World, stretch: Stretch) -> Measure:
    rows = returned(world, stretch)
    return total(row[1] for row in rows), total(row[2] for row in rows)


def _covered(world: World, stretch: Stretch) -> Measure:
    rows = covered(world, stretch)
    return Fraction(sum(row[1] for row in rows)), Fraction(len(rows))


def _tested(world: World, stretch: Stretch) -> Measure:
    made = [deal for deal in unlinked(deals(world, stretch)) if stretch.has(deal.contracted)]
    return (
        total(deal.dollars or 0 for deal in made if tested(world, deal)),
        total(deal.dollars or 0 for deal in made),
    )


def _goods(world: World, stretch: Stretch) -> Goods:
    """What was contracted of goods of one HS6, measured in one unit."""
    found: Goods = {}
    for deal in unlinked(deals(world, stretch)):
        if not stretch.has(deal.contracted):
            continue
        for line in deal.lines:
            said = line["total"]
            dollars = converted(world, deal.contracted, int(said["amount_minor"]), said["currency"], "USD")
            key, quantity = (line["hs_code"][:6], line["unit"]), Fraction(line["quantity"])
            if dollars is not None and key[0] and quantity > 0:
                known = found.get(key, (Fraction(), Fraction()))
                found[key] = known[0] + dollars, known[1] + quantity
    return found


def _unit_values(told: Told, now: Goods, then: Goods) -> None:
    """Fisher: the root of Laspeyres times Paasche, over goods that were traded in both."""
    both = now.keys() & then.keys()
    sums = total(worth for worth, _q in now.values()), total(worth for worth, _q in then.values())
    matched = total(now[key][0] + then[key][0] for key in both)
    value = None
    if both and all(now[key][0] and then[key][0] for key in both):
        price = {key: (now[key][0] / now[key][1], then[key][0] / then[key][1]) for key in both}
        laspeyres = total(price[key][0] * then[key][1] for key in both) / total(then[key][0] for key in both)
        paasche = total(now[key][0] for key in both) / total(price[key][1] * now[key][1] for key in both)
        product = laspeyres * paasche
        root = PRECISE.sqrt(PRECISE.divide(Decimal(product.numerator), Decimal(product.denominator)))
        value = round(Fraction(root) * 100, 2)
    told.lines["I-11.6", "", ""] = value, *sums
    told.percent("I-11.6.matched", matched, sum(sums))
