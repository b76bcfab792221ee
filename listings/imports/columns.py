"""The columns of the product template: their keys, headings in both languages, and what belongs in them.

A key is the dotted name of the same field in the product form; `attributes.<key>` stands for any attribute.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from listings.categories import Attribute, Category, Kind, leaves, units

INCOTERMS = ("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF")
CURRENCIES = ("USD", "EUR", "CNY", "GBP", "JPY")
TIERS = 4
SHEET = "Products"
SHEET_NAMES = {"products", "产品"}


@dataclass(frozen=True)
class Column:
    """`choices` are offered in the workbook as a list to pick from; `text` keeps leading zeros."""

    key: str
    en: str
    zh: str
    note_en: str
    note_zh: str
    example: str
    required: bool = False
    text: bool = False
    width: int = 16
    choices: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """As it stands in the first row: `Title (English) / 英文标题`, with a star where it must be filled."""
        return f"{self.en} / {self.zh}" + (" *" if self.required else "")


FIXED: tuple[Column, ...] = (
    Column(
        "reference", "Item no.", "货号",
        "Your own number; a row with a known number changes that product.", "贵司货号；已有货号则更新该产品。",
        "LM-350-W", required=True, text=True,
    ),
    Column(
        "category", "Category", "类目", "Choose from the list.", "请从下拉列表中选择。",
        "mugs", required=True, width=22, choices=tuple(leaf.slug for leaf in leaves()),
    ),
    Column(
        "title_en", "Title (English)", "英文标题", "What it is, in at most 120 characters.",
        "产品名称，不超过 120 个字符。", "Porcelain mug, 350 ml", required=True, width=36,
    ),
    Column(
        "title_zh", "Title (Chinese)", "中文标题", "What it is, in Chinese.", "产品中文名称。",
        "350 毫升瓷马克杯", width=30,
    ),
    Column(
        "description_en", "Description (English)", "英文描述", "Material, use, packing.", "材质、用途与包装。",
        "White glazed porcelain mug in a gift box.", width=48,
    ),
    Column(
        "description_zh", "Description (Chinese)", "中文描述", "The same in Chinese.", "中文描述。",
        "白釉瓷马克杯，礼盒装。", width=48,
    ),
    Column(
        "hs_code", "HS code", "HS 编码", "At least six digits, without dots.", "至少六位数字，不加点。",
        "691110", required=True, text=True,
    ),
    Column(
        "origin", "Country of origin", "原产国", "Two letters, such as CN.", "两位国家代码，如 CN。", "CN", text=True,
    ),
    Column(
        "unit", "Unit", "计量单位", "UN/ECE code: H87 piece, PR pair, SET set, KGM kilogram.",
        "UN/ECE 代码：H87 件，PR 双，SET 套，KGM 千克。", "H87", required=True, choices=tuple(units()),
    ),
    Column(
        "currency", "Currency", "币种", "ISO code of all prices in this row.", "本行价格的 ISO 币种代码。",
        "USD", required=True, choices=CURRENCIES,
    ),
    *(
        column
        for number in range(TIERS)
        for column in (
            Column(
                f"tiers.{number}.min_quantity", f"From quantity {number + 1}", f"起订数量 {number + 1}",
                "The smallest quantity at this price; the first is the minimum order.",
                "享受该价格的最低数量；第一档即起订量。",
                str((500, 2000, 5000, 10000)[number]), required=number == 0,
            ),
            Column(
                f"tiers.{number}.price", f"Unit price {number + 1}", f"单价 {number + 1}",
                "For one unit, up to 6 decimals.", "每单位价格，最多 6 位小数。",
                ("1.25", "1.18", "1.1", "1.045")[number], required=number == 0,
            ),
        )
    ),
    Column(
        "lead_time_days", "Lead time (days)", "交货期（天）", "From deposit to ready for shipment.",
        "自收到定金至备货完成。", "25", required=True,
    ),
    Column(
        "port", "Port of loading", "装运港", "UN/LOCODE, such as CNSHG.", "UN/LOCODE 代码，如 CNSHG。",
        "CNSHG", required=True, text=True,
    ),
    Column(
        "incoterms", "Incoterms", "贸易术语", f"One or several, parted by ;: {' '.join(INCOTERMS)}.",
        f"可填多个，用 ; 分隔：{' '.join(INCOTERMS)}。", "FOB;CIF", required=True,
    ),
    Column(
        "sample_price", "Sample price", "样品价", "Price of one sample; 0 if it is free; empty if there is none.",
        "单个样品价格；免费填 0；不提供则留空。", "15",
    ),
    Column(
        "sample_days", "Sample ready in (days)", "样品交期（天）", "Days until a sample is sent.",
        "寄出样品所需天数。", "5",
    ),
    Column(
        "certificates", "Certificates", "认证", "Parted by ;.", "用 ; 分隔。", "LFGB;FDA", width=24,
    ),
)  # fmt: skip


def columns_for(category: Category | None = None) -> tuple[Column, ...]:
    """The template's columns: the fixed ones, and of a category its attributes."""
    return FIXED + tuple(_attribute_column(a) for a in category.attributes) if category else FIXED


NOTES: Mapping[Kind, tuple[str, str]] = {
    Kind.TEXT: ("Text.", "文字。"),
    Kind.NUMBER: ("A number.", "数字。"),
    Kind.CHOICE: ("Choose from the list.", "请从下拉列表中选择。"),
    Kind.CHOICES: ("One or several, parted by ;: {}.", "可填多个，用 ; 分隔：{}。"),
    Kind.BOOLEAN: ("Yes or No.", "填 Yes 或 No。"),
}
EXAMPLES: Mapping[Kind, str] = {Kind.TEXT: "A-100", Kind.BOOLEAN: "Yes"}


def _attribute_column(attribute: Attribute) -> Column:
    names = tuple(name.en for name in attribute.choices.values())
    note_en, note_zh = (note.format("; ".join(names)) for note in NOTES[attribute.kind])
    offered = {Kind.CHOICE: names, Kind.BOOLEAN: ("Yes", "No")}
    unit_en, unit_zh = (f" ({text})" if text else "" for text in (attribute.unit.en, attribute.unit.zh))
    return Column(
        key=f"attributes.{attribute.key}",
        en=attribute.label.en + unit_en,
        zh=attribute.label.zh + unit_zh,
        note_en=note_en,
        note_zh=note_zh,
        example=EXAMPLES.get(attribute.kind) or next(iter(names), str(attribute.minimum)),
        required=attribute.required,
        width=20,
        choices=offered.get(attribute.kind, ()),
    )


@cache
def by_heading() -> Mapping[str, Column]:
    """Every heading that means a column: its key, either language, both together. See `plain`."""
    attributes = {a.key: a for leaf in leaves() for a in leaf.attributes}
    return {
        plain(heading): column
        for column in FIXED + tuple(_attribute_column(a) for a in attributes.values())
        for heading in (column.key, column.en, column.zh, column.heading)
    }


def plain(heading: str) -> str:
    """A heading without what does not distinguish it: case, stars, the number of blanks."""
    return " ".join(heading.replace("*", " ").casefold().split())
