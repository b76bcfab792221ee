"""Types of packages: the part of UN/ECE Recommendation 21 that traded goods are packed in.

Codes are the recommendation's own, without the X that mixed lists put before them; names are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Package:
    code: str
    en: str
    plural: str
    zh: str

    def name(self, locale: str) -> str:
        """In Chinese for a `zh…` locale, otherwise in English."""
        return self.zh if locale.startswith("zh") else self.en


_ROWS = (
    ("CT", "carton", "cartons", "纸箱"),
    ("PX", "pallet", "pallets", "托盘"),
    ("BX", "box", "boxes", "盒"),
    ("CS", "case", "cases", "箱"),
    ("CR", "crate", "crates", "板条箱"),
    ("PK", "package", "packages", "件"),
    ("BG", "bag", "bags", "袋"),
    ("SA", "sack", "sacks", "麻袋"),
    ("BE", "bundle", "bundles", "捆"),
    ("BL", "bale", "bales", "包"),
    ("RO", "roll", "rolls", "卷"),
    ("CL", "coil", "coils", "盘卷"),
    ("DR", "drum", "drums", "圆桶"),
    ("BA", "barrel", "barrels", "琵琶桶"),
    ("JY", "jerrican", "jerricans", "塑料桶"),
    ("TN", "tin", "tins", "罐"),
)
PACKAGES: Mapping[str, Package] = MappingProxyType({row[0]: Package(*row) for row in _ROWS})
