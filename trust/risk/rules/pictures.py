"""What pictures give away: INF-07. Which print counts and which belongs to the goods is said in `pictures.finding`."""

from collections import Counter

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Inputs, Judged, Parameters, Point, Rule
from trust.risk.known import PictureFacts
from trust.risk.pictures.finding import Seen, counting

MOST = 20
SAID = 5


def written(facts: PictureFacts) -> Inputs | None:
    """Everything found, the tallest first, with the pictures' keys and places, for people to see."""
    found = [(key, one) for key, seen in facts.seen.items() for one in seen]
    if not found:
        return None
    found.sort(key=lambda pair: -pair[1].tall)
    seen = [{"key": key, **one.kept()} for key, one in found[:MOST]]
    return {"seen": seen, "said": list(dict.fromkeys(one.said for _key, one in found))[:SAID]}


def judge_written(inputs: Inputs, parameters: Parameters) -> Judged | None:
    """Each picture by itself, for a bare domain counts beside something else in the same one."""
    by_key: dict[str, list[Seen]] = {}
    for one in inputs["seen"]:
        by_key.setdefault(one["key"], []).append(Seen.of({name: one[name] for name in one if name != "key"}))
    kinds = Counter(one.kind.value for seen in by_key.values() for one in counting(seen, parameters))
    if not kinds:
        return None
    return Judged(Action.REVIEW, ", ".join(f"{kind} × {number}" for kind, number in sorted(kinds.items())))


RULES = (
    Rule(
        code="INF-07",
        version=1,
        group=Group.INFORMATION,
        label=N_("Contact data, an account or a code in a picture"),
        points=frozenset((Point.PICTURE,)),
        hard=True,
        weight=20,
        measure=written,
        judge=judge_written,
    ),
)
