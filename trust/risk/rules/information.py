"""Whether what is shown and said is one's own, and true: INF-01, INF-02, INF-03, INF-06, INF-08, INF-09, INF-10."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.facts import ListingFacts
from trust.risk.known import CompletionFacts, RatingFacts


def same_picture(facts: ListingFacts) -> Inputs | None:
    """The likest picture, a right holder's first; both by their keys, for people to see."""
    found = sorted(facts.known.pictures, key=lambda one: (not one.holder, one.bits))
    if not found:
        return None
    first = found[0]
    return {
        "bits": first.bits,
        "holder": first.holder,
        "pictures": len(found),
        "picture": first.key,
        "other": first.other,
        "company": first.company,
    }


def judge_picture(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if inputs["bits"] > parameters["bits"]:
        return None
    action = Action.BLOCK if inputs["holder"] and inputs["company"] not in parameters["let_pass"] else Action.REVIEW
    return Judged(action, f"{inputs['bits']} / 64")


def same_text(facts: ListingFacts) -> Inputs | None:
    """How alike the likest text of others is in each language and how long, the most in common first; and how alike own
    listings are."""
    others = sorted((one for one in facts.known.texts if not one.own), key=lambda one: -one.alike * one.shingles)
    own = sorted(([one.alike, one.shingles] for one in facts.known.texts if one.own), reverse=True)
    if not others and not own:
        return None
    found: Inputs = {"own": own, "others": [[one.alike, one.shingles] for one in others]}
    if others:
        first = others[0]
        found |= {"listing": first.other, "company": first.company, "language": first.language, "said": [first.passage]}
    return found


def judge_text(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """Short texts are alike by nature. Another's text is looked at; one's own, said again and again, is noted
    and stands behind others in searches."""
    long = parameters["shingles"]
    alike = max((alike for alike, length in inputs["others"] if length >= long), default=0)
    if alike >= parameters["percent"]:
        return Judged(Action.REVIEW, f"{alike} %")
    again = repeats(inputs, parameters)
    return Judged(Action.ALLOW, f"{again} ×") if again else None


def repeats(inputs: Inputs, parameters: Parameters) -> int:
    """How many own texts say nearly the same; 0 while they are few enough."""
    long = parameters["shingles"]
    again = sum(alike >= parameters["own_percent"] for alike, length in inputs["own"] if length >= long)
    return again if again >= parameters["own_times"] else 0


def marks(facts: ListingFacts) -> Inputs | None:
    return {"marks": sorted(facts.known.marks)} if facts.known.marks else None


def judge_marks(inputs: Inputs, parameters: Parameters) -> Judged | None:
    passing = {mark.casefold() for mark in parameters["let_pass"]}
    found = [mark for mark in inputs["marks"] if mark.casefold() not in passing]
    return Judged(Action.HOLD, ", ".join(found), hours=parameters["hours"], itself=True) if found else None


def heading(facts: ListingFacts) -> Inputs | None:
    """The share of others of its category under the same HS heading, in percent; and a unit that the law's does not
    take.
    """
    known = facts.known
    wrong = {} if known.unit_fits else {"unit": known.unit, "statutory": list(known.statutory)}
    others = sum(known.headings.values())
    if not others or known.fits is None:
        return wrong or None
    share = 100 * known.headings.get(known.heading, 0) // others
    return wrong | {"others": others, "percent": share, "fits": known.fits, "heading": known.heading}


def judge_heading(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if "unit" in inputs:
        return Judged(Action.REVIEW, f"{inputs['unit']} / {', '.join(inputs['statutory'])}")
    if "others" not in inputs:
        return None
    if inputs["others"] < parameters["others"] or inputs["percent"] >= parameters["percent"]:
        return None
    return Judged(Action.REVIEW, inputs["heading"]) if inputs["fits"] < parameters["fits"] else None


def certificates(facts: ListingFacts) -> Inputs | None:
    found = [one for one in facts.known.certificates if one.days is not None or one.number]
    if not found:
        return None
    ended = [-one.days for one in found if one.days is not None and one.days < 0]
    wrong = [one.name for one in found if one.number and not any(sign.isdigit() for sign in one.number)]
    return {"ended": sorted(ended), "wrong": wrong} if ended or wrong else None


def judge_certificates(inputs: Inputs, parameters: Parameters) -> Judged | None:
    ended = sum(days > parameters["days"] for days in inputs["ended"])
    number = ended + len(inputs["wrong"])
    return Judged(Action.WARN, str(number)) if number else None


def rating(facts: RatingFacts) -> Inputs | None:
    return {"related": facts.related, "today": facts.today} if facts.related or facts.today > 1 else None


def judge_rating(inputs: Inputs, parameters: Parameters) -> Judged | None:
    if not inputs["related"] and inputs["today"] <= parameters["a_day"]:
        return None
    return Judged(Action.REVIEW, "related" if inputs["related"] else str(inputs["today"]))


def pretended(facts: CompletionFacts) -> Inputs | None:
    """What speaks for a trade that was none."""
    signs = {"related": facts.related, "not_carried": not facts.carried, "circular": facts.hops > 0}
    found = sorted(sign for sign, there in signs.items() if there)
    return {"signs": found} if found else None


def judge_pretended(inputs: Inputs, parameters: Parameters) -> Judged | None:
    found = inputs["signs"]
    return Judged(Action.REVIEW, ", ".join(found)) if len(found) >= parameters["signs"] else None


_AT = frozenset((Point.LISTING,))
RULES = (
    Rule(
        code="INF-01",
        version=1,
        group=Group.INFORMATION,
        label=N_("A picture that another company had here before"),
        points=_AT,
        hard=True,
        weight=30,
        measure=same_picture,
        judge=judge_picture,
    ),
    Rule(
        code="INF-02",
        version=1,
        group=Group.INFORMATION,
        label=N_("A text that another listing had before"),
        points=_AT,
        hard=True,
        weight=20,
        measure=same_text,
        judge=judge_text,
    ),
    Rule(
        code="INF-03",
        version=1,
        group=Group.INFORMATION,
        label=N_("Another's registered trade mark in the title or the attributes"),
        points=_AT,
        hard=True,
        weight=30,
        measure=marks,
        judge=judge_marks,
    ),
    Rule(
        code="INF-06",
        version=2,
        group=Group.INFORMATION,
        label=N_("An HS heading that hardly anybody else uses for such goods, or a unit that does not fit it"),
        points=_AT,
        hard=True,
        weight=10,
        measure=heading,
        judge=judge_heading,
    ),
    Rule(
        code="INF-08",
        version=1,
        group=Group.INFORMATION,
        label=N_("A certificate that has ended, or whose number is none"),
        points=_AT,
        hard=True,
        weight=10,
        measure=certificates,
        judge=judge_certificates,
    ),
    Rule(
        code="INF-09",
        version=1,
        group=Group.INFORMATION,
        label=N_("Ratings by a linked company, or many of full stars in a day"),
        points=frozenset((Point.RATING,)),
        hard=True,
        weight=30,
        measure=rating,
        judge=judge_rating,
    ),
    Rule(
        code="INF-10",
        version=1,
        group=Group.INFORMATION,
        label=N_("A trade that looks pretended"),
        points=frozenset((Point.COMPLETION,)),
        hard=True,
        weight=50,
        measure=pretended,
        judge=judge_pretended,
    ),
)
