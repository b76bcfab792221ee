"""The provider's books beside ours."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = 'e0bd5b5aae05'
down_revision = 'a41c0d7e9b26'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reconciliation_run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('new_lines', sa.Integer(), nullable=False),
    sa.Column('open_lines', sa.Integer(), nullable=False),
    sa.Column('missing', sa.Integer(), nullable=False),
    sa.Column('steady', sa.Boolean(), nullable=False),
    sa.Column('agrees', sa.Boolean(), nullable=False),
    sa.Column('figures', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reconciliation_run'))
    )
    op.create_table('provider_line',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('line_ref', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('provider_kind', sa.String(length=60), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), nullable=False),
    sa.Column('fee_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('net_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('source_ref', sa.String(length=255), nullable=False),
    sa.Column('provider_key', sa.String(length=120), nullable=False),
    sa.Column('operation_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('settle_as', sa.String(length=20), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('approved_by', sa.Uuid(), nullable=True),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('available_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'settled') = (approved_by IS NOT NULL)", name=op.f('ck_provider_line_settled')),
    sa.CheckConstraint('amount_currency = net_currency AND fee_currency = net_currency', name=op.f('ck_provider_line_currency')),
    sa.CheckConstraint('approved_by <> proposed_by', name=op.f('ck_provider_line_maker_is_not_checker')),
    sa.CheckConstraint('net_minor = amount_minor - fee_minor', name=op.f('ck_provider_line_net')),
    sa.ForeignKeyConstraint(['approved_by'], ['member.id'], name=op.f('fk_provider_line_approved_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['operation_id'], ['operation.id'], name=op.f('fk_provider_line_operation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_provider_line_proposed_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_line')),
    sa.UniqueConstraint('provider', 'line_ref', name='uq_provider_line_line_ref')
    )
    op.create_index('ix_provider_line_happened', 'provider_line', ['provider', 'happened_at'], unique=False)
    op.create_index('ix_provider_line_open', 'provider_line', ['id'], unique=False, postgresql_where=sa.text("state IN ('waiting', 'unexplained', 'proposed')"))
    op.create_index(op.f('ix_provider_line_operation_id'), 'provider_line', ['operation_id'], unique=False)
    script(op.get_bind(), '80_reconciliation.sql')


def downgrade() -> None:
    op.drop_index(op.f('ix_provider_line_operation_id'), table_name='provider_line')
    op.drop_index('ix_provider_line_open', table_name='provider_line', postgresql_where=sa.text("state IN ('waiting', 'unexplained', 'proposed')"))
    op.drop_index('ix_provider_line_happened', table_name='provider_line')
    op.drop_table('provider_line')
    op.drop_table('reconciliation_run')
    op.execute('DROP FUNCTION keep_provider_line')
