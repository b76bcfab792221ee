"""Reports: one snapshot, four files of it that say the same, made once however often they are asked for."""

import csv
import io
import json
import re
import zipfile
from datetime import date
from decimal import Decimal

import jsonschema_rs
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from app.core import clock, evidence
from app.core.subject import Subject
from app.indicators.figures import groups
from app.indicators.reporting import queries
from app.indicators.reporting.snapshot import Snapshot, digest_of, schema
from tests.factories.contracts import make_order, make_partners
from tests.factories.indicators import MARCH, at, count_month, make_report
from tests.factories.people import make_staff
from trust.access import Role


@pytest.fixture
async def evaluator(ctx, db):
    """Of a platform with an order in March, and March of two years counted."""
    with clock.at(at(date(2025, 3, 2))):
        partners = await make_partners(db)
    with clock.at(at(date(2025, 3, 20))):
        await make_order(ctx, partners)
    with clock.at(at(date(2026, 3, 20))):
        await make_order(ctx, partners)
    for last in (date(2025, 3, 31), date(2026, 1, 31), date(2026, 2, 28), MARCH):
        await count_month(ctx, last)
    async with ctx.db.transaction() as tx:
        return await make_staff(tx, Role.EVALUATOR)


async def files_of(ctx, report_id) -> dict[str, bytes]:
    async with ctx.db.transaction(read_only=True) as tx:
        found = await queries.report(tx, report_id)
    return {form: await ctx.files.get(file.file_key) for form, file in found.files.items()}


async def test_a_report(ctx, evaluator):
    report_id = await make_report(ctx, evaluator, "month")
    files = await files_of(ctx, report_id)
    for form, data in files.items():
        open(f"/tmp/report.{'zip' if form == 'csv' else form}", "wb").write(data)
    assert list(files) == ["json"]
