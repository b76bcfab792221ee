"""Payments that buyers' banks take back."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = 'f518d9e4b92a'
down_revision = '7c2b9f40a1d5'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chargeback',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('dispute_ref', sa.String(length=255), nullable=False),
    sa.Column('operation_id', sa.Uuid(), nullable=False),
    sa.Column('milestone_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('reason', sa.String(length=60), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('due_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('taken_minor', sa.BigInteger(), nullable=False),
    sa.Column('returned_minor', sa.BigInteger(), nullable=False),
    sa.Column('from_held_minor', sa.BigInteger(), nullable=False),
    sa.Column('from_due_minor', sa.BigInteger(), nullable=False),
    sa.Column('from_reserve_minor', sa.BigInteger(), nullable=False),
    sa.Column('from_payable_minor', sa.BigInteger(), nullable=False),
    sa.Column('from_supplier_minor', sa.BigInteger(), nullable=False),
    sa.Column('from_buyer_minor', sa.BigInteger(), nullable=False),
    sa.Column('reserved_minor', sa.BigInteger(), nullable=False),
    sa.Column('written_off_minor', sa.BigInteger(), nullable=False),
    sa.Column('defence', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('defence_state', sa.String(length=20), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_chargeback_amount')),
    sa.CheckConstraint('least(from_held_minor, from_due_minor, from_reserve_minor, from_payable_minor, from_supplier_minor, from_buyer_minor, reserved_minor, returned_minor, written_off_minor) >= 0', name=op.f('ck_chargeback_parts')),
    sa.CheckConstraint('returned_minor IN (0, taken_minor)', name=op.f('ck_chargeback_returned')),
    sa.CheckConstraint('taken_minor = from_held_minor + from_due_minor + from_reserve_minor + from_payable_minor + from_supplier_minor + from_buyer_minor', name=op.f('ck_chargeback_sources')),
    sa.CheckConstraint('written_off_minor <= from_supplier_minor + from_buyer_minor', name=op.f('ck_chargeback_written_off')),
    sa.ForeignKeyConstraint(['milestone_id'], ['escrow_milestone.id'], name=op.f('fk_chargeback_milestone_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['operation_id'], ['operation.id'], name=op.f('fk_chargeback_operation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chargeback')),
    sa.UniqueConstraint('provider', 'dispute_ref', name='uq_chargeback_dispute_ref')
    )
    op.create_index(op.f('ix_chargeback_milestone_id'), 'chargeback', ['milestone_id'], unique=False)
    op.create_index('ix_chargeback_open', 'chargeback', ['id'], unique=False, postgresql_where=sa.text("state IN ('asked', 'taken')"))
    op.create_index(op.f('ix_chargeback_operation_id'), 'chargeback', ['operation_id'], unique=False)
    op.add_column('escrow_milestone', sa.Column('charged_back_minor', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('escrow_milestone', sa.Column('shares', sa.SmallInteger(), server_default='0', nullable=False))
    op.create_index('ix_provider_line_dispute', 'provider_line', ['source_ref'], unique=False, postgresql_where=sa.text("kind = 'dispute'"))
    op.drop_constraint(op.f('ck_escrow_milestone_parts'), 'escrow_milestone', type_='check')
    op.create_check_constraint(
        op.f('ck_escrow_milestone_parts'),
        'escrow_milestone',
        'held_minor >= 0 AND released_minor >= 0 AND due_minor >= 0 AND refunded_minor >= 0'
        ' AND charged_back_minor >= 0 AND held_minor + released_minor + due_minor + refunded_minor'
        ' + charged_back_minor IN (0, amount_minor)',
    )
    script(op.get_bind(), '96_chargebacks.sql')


def downgrade() -> None:
    """Fails, changing nothing, once a bank has taken money back: nothing before this knows where it is."""
    op.drop_constraint(op.f('ck_escrow_milestone_parts'), 'escrow_milestone', type_='check')
    op.create_check_constraint(
        op.f('ck_escrow_milestone_parts'),
        'escrow_milestone',
        'held_minor >= 0 AND released_minor >= 0 AND due_minor >= 0 AND refunded_minor >= 0'
        ' AND held_minor + released_minor + due_minor + refunded_minor IN (0, amount_minor)',
    )
    op.drop_index('ix_provider_line_dispute', table_name='provider_line', postgresql_where=sa.text("kind = 'dispute'"))
    op.drop_column('escrow_milestone', 'shares')
    op.drop_column('escrow_milestone', 'charged_back_minor')
    op.drop_index(op.f('ix_chargeback_operation_id'), table_name='chargeback')
    op.drop_index('ix_chargeback_open', table_name='chargeback', postgresql_where=sa.text("state IN ('asked', 'taken')"))
    op.drop_index(op.f('ix_chargeback_milestone_id'), table_name='chargeback')
    op.drop_table('chargeback')
    op.execute('DROP FUNCTION keep_chargeback()')
    op.execute('DROP FUNCTION locked_balances(text[], text)')
