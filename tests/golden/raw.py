"""The rows of the platform's tables as they lie there, and what is found among them by looking at each."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TABLES = (
    *("organisation", "member", "restriction", "restriction_appeal", "authority_finding", "party_link"),
    *("inquiry", "message", "quotation", "contract", "signature", "orders", "state_change", "fx_rate"),
    *("shipment", "shipment_packing", "order_milestone", "milestone_submission", "received_document"),
    *("escrow", "escrow_milestone", "product", "product_revision", "quality_work", "quality_finding"),
    *("case_file", "case_ruling", "case_clock", "case_satisfaction", "web_event", "traffic_signed_in"),
    *("membership_term", "membership_mark", "membership_plan", "membership_waiver"),
    *("ip_notifier", "ip_right", "ip_notice", "ip_notice_item", "ip_notice_decision", "ip_counter", "ip_strike"),
    *("risk_hit", "risk_outcome", "risk_setting", "rule_version"),
    *("verified_fact", "verification_request", "register_entry", "review", "review_check"),
    *("identity_report", "statutory_filing", "statutory_version"),
    *("operator_capital", "operator_penalty", "operator_licence", "authority_request", "incident", "incident_duty"),
)
Row = Any
"""A row: its columns are its attributes."""


class World:
    """Every row of the tables: `world.orders`, `world.contract`; in the order of their ids where they have one."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self._tables = tables

    def __getattr__(self, name: str) -> list[Row]:
        try:
            return self._tables[name]
        except KeyError:
            raise AttributeError(name) from None

    @cached_property
    def moves(self) -> dict[tuple[str, UUID], list[Row]]:
        """(kind of subject, id) → its moves from state to state, the first one first."""
        found: dict[tuple[str, UUID], list[Row]] = {}
        for row in self.state_change:
            found.setdefault((row.subject_type, row.subject_id), []).append(row)
        return found

    def when(self, kind: str, id_: UUID, true: Callable[[Row], bool]) -> datetime | None:
        """The first moment at which a subject made such a move."""
        return min((move.at for move in self.moves.get((kind, id_), []) if true(move)), default=None)


async def read(tx: AsyncSession) -> World:
    tables = {}
    for name in TABLES:
        rows = [SimpleNamespace(**row._mapping) for row in await tx.execute(text(f"SELECT * FROM {name}"))]  # noqa: S608
        tables[name] = sorted(rows, key=lambda row: row.id) if rows and hasattr(rows[0], "id") else rows
    return World(tables)


def one(rows: list[Row], id_: object) -> Row:
    """The row with this id; None where there is none."""
    return next((row for row in rows if row.id == id_), None)
