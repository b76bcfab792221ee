"""What a score is made of. Apart from how it is made, which needs libraries that the web does without."""

from enum import StrEnum

from app.core.i18n import N_


class Feature(StrEnum):
    NAME = "name"
    WEAK = "weak"
    PLACE = "place"
    NUMBER = "number"
    TRADE = "trade"
    KIND = "kind"
    COUNTRY_AGREES = "country_agrees"
    COUNTRY_DIFFERS = "country_differs"
    BORN_AGREES = "born_agrees"
    BORN_DIFFERS = "born_differs"
    IDENTIFIER_AGREES = "identifier_agrees"
    SAME_SHIP = "same_ship"
    OTHER_SHIP = "other_ship"
    SAME_BANK = "same_bank"
    OWNED = "owned"


FEATURES = {
    Feature.NAME: N_("The names, part by part"),
    Feature.WEAK: N_("The list itself calls this alias weak"),
    Feature.PLACE: N_("The names have different cities"),
    Feature.NUMBER: N_("The names have different numbers"),
    Feature.TRADE: N_("The names have different words of the trade"),
    Feature.KIND: N_("They are of two kinds: person, company, vessel"),
    Feature.COUNTRY_AGREES: N_("The country agrees"),
    Feature.COUNTRY_DIFFERS: N_("The country differs"),
    Feature.BORN_AGREES: N_("The date of birth or founding agrees"),
    Feature.BORN_DIFFERS: N_("The date of birth or founding differs"),
    Feature.IDENTIFIER_AGREES: N_("A number of a document or register agrees"),
    Feature.SAME_SHIP: N_("The IMO number is the same, which a ship keeps for life"),
    Feature.OTHER_SHIP: N_("The IMO numbers are those of two ships"),
    Feature.SAME_BANK: N_("The BIC is that of the same bank"),
    Feature.OWNED: N_("What listed owners hold, taken together"),
}
