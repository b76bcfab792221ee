"""What a report says: the platform, its sellers, and what they earned. One snapshot, from which the tables are made.
Pure."""

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from app.core.evidence import canonical_json
from app.core.money import Money
from app.core.spreadsheets import write_csv
from app.statutory.rules import Kind

STAMP = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, so that the same snapshot makes the same bytes."""
SAME, NEW, CHANGED, ENDED = "same", "new", "changed", "ended"
YUAN = "CNY"
UNVERIFIED = frozenset({"not_verified", "expired"})
"""Findings of a seller whose particulars the platform has not verified: Decree 810 art. 6."""
PLATFORM = (
    "平台名称 Operator", "统一社会信用代码 USCC", "住所 Address", "联系电话 Telephone", "电子邮箱 E-mail",
    "域名 Domain", "业务类型 Kind of business", "开始经营日期 In business since",
)  # fmt: skip
SELLERS = (
    "状态标识 Status", "名称 Name", "英文名称 Latin name", "国家或地区 Country", "登记号类型 Kind of number",
    "统一社会信用代码或登记号 USCC or number", "住所 Address", "联系人 Contact", "电话 Telephone", "电子邮箱 E-mail",
    "店铺网址 Shop address", "核验问题 Findings",
)  # fmt: skip
INCOME = (
    "名称 Name", "统一社会信用代码或登记号 USCC or number", "币种 Currency", "收入总额 Gross income",
    "退款金额 Refunds", "收入净额 Net income", "其他收入 Other income", "佣金 Commission", "平台服务费 Service fees",
    "订单数量 Orders", "汇率 Rate to CNY", "汇率日期 Day of the rate", "汇率来源 Source of the rate",
    "收入总额(人民币) Gross income, CNY", "退款金额(人民币) Refunds, CNY", "收入净额(人民币) Net income, CNY",
    "其他收入(人民币) Other income, CNY", "佣金(人民币) Commission, CNY", "平台服务费(人民币) Service fees, CNY",
    "核验问题 Findings",
)  # fmt: skip
BUSINESS = "境内外货物贸易居间平台(B2B) Marketplace for trade in goods between companies"


@dataclass(frozen=True, slots=True)
class Platform:
    """The operator as it publishes itself. `since`: the platform's first day, in ISO 8601."""

    name: str
    registration: str
    address: str
    phone: str
    email: str
    domain: str
    since: str


@dataclass(frozen=True, slots=True)
class Seller:
    """A seller with its status against what was filed last, and what is wrong with its particulars."""

    key: str
    status: str
    name: str
    latin: str
    country: str
    kind: str
    number: str
    address: str
    contact: str
    phone: str
    email: str
    shop: str
    findings: tuple[str, ...]

    def differs(self, other: "Seller") -> bool:
        return replace(self, status="", findings=()) != replace(other, status="", findings=())


@dataclass(frozen=True, slots=True)
class Income:
    """What a company earned in one currency in the period, in its minor units and in fen.

    rate  so many yuan for one unit of the currency, as `source` published for `day`
    yuan  gross, refunds, other, commission and membership in fen, in this order; net is the first less the second
    """

    key: str
    name: str
    number: str
    currency: str
    gross: int
    refunds: int
    other: int
    commission: int
    membership: int
    orders: int
    rate: str
    day: str
    source: str
    yuan: tuple[int, int, int, int, int]
    findings: tuple[str, ...]

    @property
    def net(self) -> int:
        return self.gross - self.refunds

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A report. `period`: its days, `2026-07-01/2026-09-30`; `sellers`: all, whatever their status."""

    kind: Kind
    period: str
    zone: str
    platform: Platform
    sellers: tuple[Seller, ...] = ()
    income: tuple[Income, ...] = ()

    def written(self) -> bytes:
        """Canonical JSON: what is sealed, hashed and read again."""
        return canonical_json(asdict(self)).encode()

    @classmethod
    def read(cls, data: bytes) -> Self:
        said: dict[str, Any] = json.loads(data)
        return cls(
            kind=Kind(said["kind"]),
            period=said["period"],
            zone=said["zone"],
            platform=Platform(**said["platform"]),
            sellers=tuple(Seller(**one | {"findings": tuple(one["findings"])}) for one in said["sellers"]),
            income=tuple(
                Income(**one | {"findings": tuple(one["findings"]), "yuan": tuple(one["yuan"])})
                for one in said["income"]
            ),
        )

    @property
    def reported(self) -> list[Seller]:
        """Sellers that the table of identities names: new, changed or ended since the last one that was filed."""
        return [one for one in self.sellers if one.status != SAME]

    @property
    def counts(self) -> dict[str, int]:
        """What the tables have, of a quarter; nothing of the platform alone."""
        if self.kind is not Kind.TAX:
            return {}
        deals = sum(one.orders for one in self.income)
        return {"sellers": len(self.reported), "income": len(self.income), "orders": deals}

    @property
    def findings(self) -> dict[str, int]:
        """How often each finding is, over the sellers of either table."""
        named = {one.key: one.findings for one in self.income} | {one.key: one.findings for one in self.reported}
        return dict(sorted(Counter(name for found in named.values() for name in found).items()))

    def totals(self) -> list[Income]:
        """The table's foot: one row for each currency."""
        found: dict[str, list[Income]] = {}
        for one in self.income:
            found.setdefault(one.currency, []).append(one)
        return [_summed(rows) for _currency, rows in sorted(found.items())]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def marked(sellers: Iterable[Seller], filed: Snapshot | None) -> tuple[Seller, ...]:
    """Each with its status against the snapshot that was filed last; those that are gone since with what was said of
    them then, once. Sellers that end come as ENDED; one that ended before and was never filed is left out."""
    before = {one.key: one for one in filed.sellers if one.status != ENDED} if filed else {}
    found = []
    for one in sellers:
        known = before.pop(one.key, None)
        if known is None and one.status != ENDED:
            found.append(replace(one, status=NEW))
        elif known is not None:
            status = ENDED if one.status == ENDED else CHANGED if one.differs(known) else SAME
            found.append(replace(one, status=status))
    return (*found, *(replace(one, status=ENDED, findings=()) for one in before.values()))


def archive(snapshot: Snapshot) -> bytes:
    """A ZIP of one CSV for each table, and the snapshot itself as JSON. The same snapshot makes the same bytes."""
    tables: dict[str, tuple[Sequence[str], list[Sequence[object]]]] = {"1-platform": (PLATFORM, [_platform(snapshot)])}
    if snapshot.kind is Kind.TAX:
        tables["2-sellers"] = (SELLERS, [_seller(one) for one in snapshot.reported])
        tables["3-income"] = (INCOME, [_income(one) for one in (*snapshot.income, *snapshot.totals())])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (heads, rows) in tables.items():
            packed.writestr(zipfile.ZipInfo(f"{name}.csv", STAMP), write_csv(heads, rows))
        packed.writestr(zipfile.ZipInfo("snapshot.json", STAMP), snapshot.written())
    return out.getvalue()


def _platform(snapshot: Snapshot) -> list[object]:
    said = snapshot.platform
    return [said.name, said.registration, said.address, said.phone, said.email, said.domain, BUSINESS, said.since]


_STATUSES: Mapping[str, str] = {NEW: "新增 new", CHANGED: "变更 changed", ENDED: "退出 ended"}


def _seller(one: Seller) -> list[object]:
    return [
        _STATUSES[one.status], one.name, one.latin, one.country, one.kind.upper(), one.number, one.address, one.contact,
        one.phone, one.email, one.shop, "; ".join(one.findings),
    ]  # fmt: skip


def _income(one: Income) -> list[object]:
    own = (one.gross, one.refunds, one.net, one.other, one.commission, one.membership)
    gross, refunds, *others = one.yuan
    return [
        one.name, one.number, one.currency, *(one.money(minor).decimal for minor in own), one.orders, one.rate, one.day,
        one.source, *(Money(minor, YUAN).decimal for minor in (gross, refunds, gross - refunds, *others)),
        "; ".join(one.findings),
    ]  # fmt: skip


def _summed(rows: Sequence[Income]) -> Income:
    first = rows[0]
    parts = ("gross", "refunds", "other", "commission", "membership", "orders")
    sums = {part: sum(getattr(one, part) for one in rows) for part in parts}
    gross, refunds, other, commission, membership = map(sum, zip(*(one.yuan for one in rows), strict=True))
    yuan = (gross, refunds, other, commission, membership)
    return replace(first, key="", name="合计 Total", number="", findings=(), yuan=yuan, **sums)
