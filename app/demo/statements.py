"""What the companies of the demo world state of themselves when they are verified."""

from app.demo.people import Organisation
from trust.verification.claims import Typed
from trust.verification.facts import Fact, Form

SCOPES = {
    True: "研发、生产、销售本企业产品；货物进出口、技术进出口",
    False: "Wholesale and retail of goods, import and export",
}


def stated(seed: Organisation) -> Typed:
    """A company's facts; the same for the same company. Its capital and age follow from its name."""
    chinese, size = seed.country == "CN", sum(map(ord, seed.key))
    currency = {"CN": "CNY", "GB": "GBP", "US": "USD", "SG": "SGD"}.get(seed.country, "EUR")
    values = {
        Fact.SCOPE: SCOPES[chinese],
        Fact.ESTABLISHED: f"{1996 + size % 24}-{1 + size % 12:02}-{1 + size % 28:02}",
        Fact.CAPITAL: f"{(1 + size % 40) * 250_000}",
    }
    if seed.sells and size % 3 == 0:
        values[Fact.TRADE] = "trader"
    owner = (seed.members[0].name, "person", seed.country, f"{51 + size % 45}")
    return Typed(Form.LIMITED, seed.members[0].name, values, currency, (owner,))
