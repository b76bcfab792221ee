"""currency: reference rates of exchange"""

import sqlalchemy as sa
from alembic import op

from app.migrations import script

revision = 'c7a4e0f1d2b3'
down_revision = 'e1d04b5665d6'
branch_labels = None
depends_on = None

FUNCTIONS = ('check_fx_correction()',)


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
    script(op.get_bind(), '70_currency.sql')


def downgrade() -> None:
    op.drop_table('fx_rate')
    for function in FUNCTIONS:
        op.execute(f'DROP FUNCTION {function}')
