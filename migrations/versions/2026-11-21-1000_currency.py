"""currency: reference rates, invoices for fees, payouts in another currency"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = 'c7a4e0f1d2b3'
down_revision = 'a3f1c07d52be'
branch_labels = None
depends_on = None

FUNCTIONS = ('check_fx_correction()', 'check_invoice_sequence()', 'quote_is_fixed()')


def upgrade() -> None:
    op.create_table(
        'fx_rate',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('base', sa.CHAR(3), nullable=False),
        sa.Column('quote', sa.CHAR(3), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('rate', sa.Numeric(24, 12), nullable=False),
        sa.Column('source', sa.String(40), nullable=False),
        sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('replaces', sa.Uuid(), nullable=True),
        sa.Column('imported_by', sa.Uuid(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('rate > 0', name=op.f('ck_fx_rate_rate')),
        sa.CheckConstraint('base <> quote', name=op.f('ck_fx_rate_pair')),
        sa.ForeignKeyConstraint(['replaces'], ['fx_rate.id'], name=op.f('fk_fx_rate_replaces'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_fx_rate')),
        sa.UniqueConstraint('replaces', name=op.f('uq_fx_rate_replaces')),
    )
    op.create_index(op.f('ix_fx_rate_day'), 'fx_rate', ['day'])
    op.create_index(
        'uq_fx_rate_first', 'fx_rate', ['day', 'base', 'quote'], unique=True,
        postgresql_where=sa.text('replaces IS NULL'),
    )
    op.create_table(
        'fee_invoice',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.String(20), nullable=False),
        sa.Column('series', sa.String(20), nullable=False),
        sa.Column('year', sa.SmallInteger(), nullable=False),
        sa.Column('sequence', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(40), nullable=False),
        sa.Column('organisation_id', sa.Uuid(), nullable=False),
        sa.Column('first', sa.Date(), nullable=False),
        sa.Column('last', sa.Date(), nullable=False),
        sa.Column('total_minor', sa.BigInteger(), nullable=False),
        sa.Column('total_currency', sa.CHAR(3), nullable=False),
        sa.Column('credits', sa.Uuid(), nullable=True),
        sa.Column('content', postgresql.JSONB(), nullable=False),
        sa.Column('digest', sa.CHAR(64), nullable=False),
        sa.Column('issued_by', sa.Uuid(), nullable=True),
        sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('total_minor > 0', name=op.f('ck_fee_invoice_total')),
        sa.CheckConstraint("(kind = 'credit_note') = (credits IS NOT NULL)", name=op.f('ck_fee_invoice_credits')),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f('ck_fee_invoice_kind')),
        sa.CheckConstraint('first <= last', name=op.f('ck_fee_invoice_period')),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_fee_invoice_organisation_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['credits'], ['fee_invoice.id'], name=op.f('fk_fee_invoice_credits'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['issued_by'], ['member.id'], name=op.f('fk_fee_invoice_issued_by'), ondelete='RESTRICT'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_fee_invoice')),
        sa.UniqueConstraint('number', name=op.f('uq_fee_invoice_number')),
        sa.UniqueConstraint('series', 'year', 'sequence', name='uq_fee_invoice_sequence'),
    )
    op.create_index(op.f('ix_fee_invoice_organisation_id'), 'fee_invoice', ['organisation_id'])
    op.create_index(op.f('ix_fee_invoice_credits'), 'fee_invoice', ['credits'])
    op.create_table(
        'fee_invoice_line',
        sa.Column('invoice_id', sa.Uuid(), nullable=False),
        sa.Column('position', sa.SmallInteger(), nullable=False),
        sa.Column('entry_id', sa.Uuid(), nullable=False),
        sa.Column('milestone_id', sa.Uuid(), nullable=False),
        sa.Column('fee_minor', sa.BigInteger(), nullable=False),
        sa.Column('fee_currency', sa.CHAR(3), nullable=False),
        sa.CheckConstraint('fee_minor > 0', name=op.f('ck_fee_invoice_line_fee')),
        sa.ForeignKeyConstraint(
            ['invoice_id'], ['fee_invoice.id'], name=op.f('fk_fee_invoice_line_invoice_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['entry_id'], ['journal_entry.id'], name=op.f('fk_fee_invoice_line_entry_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['milestone_id'], ['escrow_milestone.id'], name=op.f('fk_fee_invoice_line_milestone_id'),
            ondelete='RESTRICT',
        ),
        sa.PrimaryKeyConstraint('invoice_id', 'position', name=op.f('pk_fee_invoice_line')),
        sa.UniqueConstraint('entry_id', name=op.f('uq_fee_invoice_line_entry_id')),
    )
    op.create_index(op.f('ix_fee_invoice_line_milestone_id'), 'fee_invoice_line', ['milestone_id'])
    op.create_table(
        'payout_quote',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('organisation_id', sa.Uuid(), nullable=False),
        sa.Column('bank_account_id', sa.Uuid(), nullable=False),
        sa.Column('sold_minor', sa.BigInteger(), nullable=False),
        sa.Column('sold_currency', sa.CHAR(3), nullable=False),
        sa.Column('bought_minor', sa.BigInteger(), nullable=False),
        sa.Column('bought_currency', sa.CHAR(3), nullable=False),
        sa.Column('rate', sa.Numeric(), nullable=False),
        sa.Column('rate_day', sa.Date(), nullable=False),
        sa.Column('source', sa.String(100), nullable=False),
        sa.Column('valid_until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('payout_id', sa.Uuid(), nullable=True),
        sa.Column('asked_by', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            'sold_minor > 0 AND bought_minor > 0 AND rate > 0', name=op.f('ck_payout_quote_amounts')
        ),
        sa.CheckConstraint('sold_currency <> bought_currency', name=op.f('ck_payout_quote_currencies')),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_payout_quote_organisation_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['bank_account_id'], ['bank_account.id'], name=op.f('fk_payout_quote_bank_account_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['payout_id'], ['payout.id'], name=op.f('fk_payout_quote_payout_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['asked_by'], ['member.id'], name=op.f('fk_payout_quote_asked_by'), ondelete='RESTRICT'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_payout_quote')),
        sa.UniqueConstraint('payout_id', name=op.f('uq_payout_quote_payout_id')),
    )
    op.create_index(op.f('ix_payout_quote_organisation_id'), 'payout_quote', ['organisation_id'])
    op.create_table(
        'contract_rate',
        sa.Column('contract_id', sa.Uuid(), nullable=False),
        sa.Column('base', sa.CHAR(3), nullable=False),
        sa.Column('quote', sa.CHAR(3), nullable=False),
        sa.Column('rate', sa.Numeric(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('source', sa.String(100), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['contract_id'], ['contract.id'], name=op.f('fk_contract_rate_contract_id'), ondelete='RESTRICT'
        ),
        sa.PrimaryKeyConstraint('contract_id', name=op.f('pk_contract_rate')),
    )
    script(op.get_bind(), '70_currency.sql')


def downgrade() -> None:
    op.drop_table('contract_rate')
    op.drop_table('payout_quote')
    op.drop_table('fee_invoice_line')
    op.drop_table('fee_invoice')
    op.drop_table('fx_rate')
    for function in FUNCTIONS:
        op.execute(f'DROP FUNCTION {function}')
