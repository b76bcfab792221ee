"""memberships"""

from datetime import date
from uuid import uuid4

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "d3f8a17c52e9"
down_revision = "c40f7d2e91ab"
branch_labels = None
depends_on = None

OPENED = date(2024, 1, 1)
PLANS = {
    "free": (0, 100, 10, 30),
    "standard": (1, 500, 40, 300),
    "premium": (2, None, None, None),
}
"""Rank, products, members, answers; None is without limit."""
PRICES = {
    ("standard", 1): {"CNY": 88_000, "EUR": 11_500, "USD": 12_500},
    ("standard", 12): {"CNY": 688_000, "EUR": 89_000, "USD": 98_000},
    ("premium", 1): {"CNY": 268_000, "EUR": 35_000, "USD": 38_000},
    ("premium", 12): {"CNY": 2_080_000, "EUR": 275_000, "USD": 298_000},
}
"""By plan and months, in minor units; all three currencies have two decimals."""


def upgrade() -> None:
    op.add_column("product", sa.Column("kept_first", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.alter_column("fee_invoice_line", "milestone_id", nullable=True)
    op.create_table('entitlement',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('plan', sa.String(length=20), nullable=False),
    sa.Column('products', sa.Integer(), nullable=True),
    sa.Column('members', sa.Integer(), nullable=True),
    sa.Column('answers', sa.Integer(), nullable=True),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('products >= 0 AND members >= 0 AND answers >= 0', name=op.f('ck_entitlement_limits')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_entitlement_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('organisation_id', name=op.f('pk_entitlement'))
    )
    op.create_index('ix_entitlement_until', 'entitlement', ['until'], unique=False)
    op.create_table('membership_plan',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.Column('products', sa.Integer(), nullable=True),
    sa.Column('members', sa.Integer(), nullable=True),
    sa.Column('answers', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership_plan')),
    sa.UniqueConstraint('code', 'valid_from', name=op.f('uq_membership_plan_code_valid_from'))
    )
    op.create_table('membership_price',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('plan', sa.String(length=20), nullable=False),
    sa.Column('months', sa.SmallInteger(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('price_currency', sa.CHAR(length=3), nullable=False),
    sa.CheckConstraint('price_minor > 0 AND months > 0', name=op.f('ck_membership_price_price')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership_price')),
    sa.UniqueConstraint('plan', 'months', 'price_currency', 'valid_from', name=op.f('uq_membership_price_plan_months_price_currency_valid_from'))
    )
    op.create_table('membership_waiver',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('plan', sa.String(length=20), nullable=False),
    sa.Column('months', sa.SmallInteger(), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('price_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('basis_points', sa.SmallInteger(), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('province', sa.String(length=6), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('proof_key', sa.String(length=67), nullable=False),
    sa.Column('proof_name', sa.String(length=120), nullable=False),
    sa.Column('proof_type', sa.String(length=100), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(reason = 'region') = (province <> '')", name=op.f('ck_membership_waiver_province')),
    sa.CheckConstraint("reason IN ('innovative', 'brand', 'region')", name=op.f('ck_membership_waiver_reason')),
    sa.CheckConstraint('basis_points BETWEEN 1 AND 10000 AND months > 0', name=op.f('ck_membership_waiver_part')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_membership_waiver_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_membership_waiver_proposed_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership_waiver'))
    )
    op.create_index(op.f('ix_membership_waiver_organisation_id'), 'membership_waiver', ['organisation_id'], unique=False)
    op.create_table('membership_choice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('automatic', sa.Boolean(), nullable=False),
    sa.Column('plan', sa.String(length=20), nullable=False),
    sa.Column('months', sa.SmallInteger(), nullable=False),
    sa.Column('wording', sa.String(length=10), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("NOT automatic OR (plan <> '' AND wording <> '')", name=op.f('ck_membership_choice_consent')),
    sa.ForeignKeyConstraint(['made_by'], ['member.id'], name=op.f('fk_membership_choice_made_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_membership_choice_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership_choice'))
    )
    op.create_index('ix_membership_choice_organisation', 'membership_choice', ['organisation_id', 'id'], unique=False)
    op.create_table('membership_order',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('plan', sa.String(length=20), nullable=False),
    sa.Column('months', sa.SmallInteger(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('price_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('credit_minor', sa.BigInteger(), nullable=False),
    sa.Column('credit_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('waived_minor', sa.BigInteger(), nullable=False),
    sa.Column('waived_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), nullable=False),
    sa.Column('fee_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('waiver_id', sa.Uuid(), nullable=True),
    sa.Column('choice_id', sa.Uuid(), nullable=True),
    sa.Column('rail', sa.String(length=10), nullable=False),
    sa.Column('reference', sa.String(length=30), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('ordered_by', sa.Uuid(), nullable=True),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'upgrade') = (starts_on IS NOT NULL)", name=op.f('ck_membership_order_upgrade')),
    sa.CheckConstraint("rail IN ('stripe', 'bank', 'balance')", name=op.f('ck_membership_order_rail')),
    sa.CheckConstraint('(waived_minor > 0) = (waiver_id IS NOT NULL)', name=op.f('ck_membership_order_waiver')),
    sa.CheckConstraint('fee_minor = price_minor - credit_minor - waived_minor AND credit_minor >= 0 AND waived_minor >= 0 AND fee_minor > 0 AND months > 0', name=op.f('ck_membership_order_fee')),
    sa.CheckConstraint('price_currency = ALL (ARRAY[credit_currency, waived_currency, fee_currency])', name=op.f('ck_membership_order_currency')),
    sa.ForeignKeyConstraint(['choice_id'], ['membership_choice.id'], name=op.f('fk_membership_order_choice_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['ordered_by'], ['member.id'], name=op.f('fk_membership_order_ordered_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_membership_order_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['waiver_id'], ['membership_waiver.id'], name=op.f('fk_membership_order_waiver_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership_order')),
    sa.UniqueConstraint('reference', name=op.f('uq_membership_order_reference'))
    )
    op.create_index('ix_membership_order_organisation', 'membership_order', ['organisation_id', 'id'], unique=False)
    op.create_index('ix_membership_order_state', 'membership_order', ['state', 'rail', 'id'], unique=False)
    op.create_index('uq_membership_order_open', 'membership_order', ['organisation_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('membership_term',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('plan', sa.String(length=20), nullable=False),
    sa.Column('months', sa.SmallInteger(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('list_price_minor', sa.BigInteger(), nullable=False),
    sa.Column('list_price_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('price_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('credit_minor', sa.BigInteger(), nullable=False),
    sa.Column('credit_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('waived_minor', sa.BigInteger(), nullable=False),
    sa.Column('waived_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), nullable=False),
    sa.Column('fee_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('automatic', sa.Boolean(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=True),
    sa.Column('waiver_id', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('entry_id', sa.Uuid(), nullable=True),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'new') = (source_id IS NULL)", name=op.f('ck_membership_term_source')),
    sa.CheckConstraint("kind IN ('new', 'renewal', 'upgrade', 'win_back')", name=op.f('ck_membership_term_kind')),
    sa.CheckConstraint('(fee_minor > 0) = (paid_at IS NOT NULL) AND (fee_minor > 0) = (order_id IS NOT NULL) AND (fee_minor > 0) = (entry_id IS NOT NULL)', name=op.f('ck_membership_term_paid')),
    sa.CheckConstraint('(waived_minor > 0) = (waiver_id IS NOT NULL)', name=op.f('ck_membership_term_waiver')),
    sa.CheckConstraint('fee_minor = price_minor - credit_minor - waived_minor AND credit_minor >= 0 AND waived_minor >= 0 AND fee_minor >= 0 AND months > 0', name=op.f('ck_membership_term_fee')),
    sa.CheckConstraint('price_currency = ALL (ARRAY[credit_currency, waived_currency, fee_currency]) AND list_price_currency = fee_currency', name=op.f('ck_membership_term_currency')),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_membership_term_days')),
    sa.ForeignKeyConstraint(['entry_id'], ['journal_entry.id'], name=op.f('fk_membership_term_entry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['order_id'], ['membership_order.id'], name=op.f('fk_membership_term_order_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_membership_term_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['source_id'], ['membership_term.id'], name=op.f('fk_membership_term_source_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['waiver_id'], ['membership_waiver.id'], name=op.f('fk_membership_term_waiver_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership_term')),
    sa.UniqueConstraint('entry_id', name=op.f('uq_membership_term_entry_id')),
    sa.UniqueConstraint('order_id', name=op.f('uq_membership_term_order_id')),
    sa.UniqueConstraint('waiver_id', name=op.f('uq_membership_term_waiver_id'))
    )
    op.create_index('ix_membership_term_ends', 'membership_term', ['ends_on'], unique=False)
    op.create_index('ix_membership_term_organisation', 'membership_term', ['organisation_id', 'ends_on'], unique=False)
    op.create_index('ix_membership_term_source', 'membership_term', ['source_id'], unique=False)
    op.create_table('membership_mark',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('term_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=True),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'void') = (reason <> '')", name=op.f('ck_membership_mark_reason')),
    sa.CheckConstraint("kind IN ('void', 'sanction', 'sanction_lifted')", name=op.f('ck_membership_mark_kind')),
    sa.CheckConstraint("reason IN ('', 'cooling_off', 'merged', 'duplicate')", name=op.f('ck_membership_mark_void_reason')),
    sa.ForeignKeyConstraint(['entry_id'], ['journal_entry.id'], name=op.f('fk_membership_mark_entry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['made_by'], ['member.id'], name=op.f('fk_membership_mark_made_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['term_id'], ['membership_term.id'], name=op.f('fk_membership_mark_term_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership_mark')),
    sa.UniqueConstraint('term_id', 'kind', name=op.f('uq_membership_mark_term_id_kind'))
    )
    op.create_table('membership_notice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('term_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=50), nullable=False),
    sa.Column('choice_id', sa.Uuid(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['choice_id'], ['membership_choice.id'], name=op.f('fk_membership_notice_choice_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['term_id'], ['membership_term.id'], name=op.f('fk_membership_notice_term_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership_notice')),
    sa.UniqueConstraint('term_id', 'kind', name=op.f('uq_membership_notice_term_id_kind'))
    )
    for code, (rank, products, members, answers) in PLANS.items():
        op.bulk_insert(
            sa.table("membership_plan", *map(sa.column, ("id", "code", "valid_from", "rank", "products", "members", "answers"))),
            [{"id": uuid4(), "code": code, "valid_from": OPENED, "rank": rank, "products": products, "members": members, "answers": answers}],
        )
    op.bulk_insert(
        sa.table("membership_price", *map(sa.column, ("id", "plan", "months", "valid_from", "price_minor", "price_currency"))),
        [
            {"id": uuid4(), "plan": plan, "months": months, "valid_from": OPENED, "price_minor": minor, "price_currency": currency}
            for (plan, months), prices in PRICES.items()
            for currency, minor in prices.items()
        ],
    )
    script(op.get_bind(), "410_membership.sql")


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    for table in (
        "membership_notice",
        "membership_mark",
        "membership_term",
        "membership_order",
        "membership_choice",
        "membership_waiver",
        "membership_price",
        "membership_plan",
        "entitlement",
    ):
        op.drop_table(table)
    for function in ("keep_membership_order", "keep_membership_waiver", "check_membership_term", "check_membership_mark"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("UPDATE product SET state = 'published' WHERE state = 'paused'")
    op.drop_column("product", "kept_first")
    # `fee_invoice_line.milestone_id` stays without NOT NULL: invoices of memberships were issued and are never deleted.
