"""control: two people for large money"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = 'b4d1a96e2c70'
down_revision = 'b4d81e6fa293'
branch_labels = None
depends_on = None

FUNCTIONS = ('weigh_approval()', 'approval_is_fixed()', 'check_deciders()', 'check_limit()')


def upgrade() -> None:
    op.create_table(
        'approval',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('organisation_id', sa.Uuid(), nullable=True),
        sa.Column('kind', sa.String(30), nullable=False),
        sa.Column('subject_type', sa.String(40), nullable=False),
        sa.Column('subject_id', sa.Uuid(), nullable=False),
        sa.Column('amount_minor', sa.BigInteger(), nullable=False),
        sa.Column('amount_currency', sa.CHAR(3), nullable=False),
        sa.Column('wanted', postgresql.JSONB(), nullable=False),
        sa.Column('basis', postgresql.JSONB(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('two_people', sa.Boolean(), nullable=False),
        sa.Column('state', sa.String(10), nullable=False),
        sa.Column('proposed_by', sa.Uuid(), nullable=False),
        sa.Column('decided_by', sa.Uuid(), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('decided_by <> proposed_by', name=op.f('ck_approval_maker_is_not_checker')),
        sa.CheckConstraint(
            "state <> 'agreed' OR NOT two_people OR decided_by IS NOT NULL", name=op.f('ck_approval_second_person')
        ),
        sa.CheckConstraint("(state = 'returned') <= (decided_by IS NOT NULL)", name=op.f('ck_approval_returned')),
        sa.CheckConstraint("decided_by IS NULL OR state IN ('agreed', 'returned')", name=op.f('ck_approval_decided')),
        sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_approval_amount')),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_approval_organisation_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['proposed_by'], ['member.id'], name=op.f('fk_approval_proposed_by'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['decided_by'], ['member.id'], name=op.f('fk_approval_decided_by'), ondelete='RESTRICT'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_approval')),
    )
    op.create_index(
        'uq_approval_proposed', 'approval', ['kind', 'subject_type', 'subject_id'], unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index('ix_approval_subject', 'approval', ['subject_type', 'subject_id'])
    op.create_index('ix_approval_organisation', 'approval', ['organisation_id', 'state', 'id'])
    op.create_table(
        'approval_limit',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('organisation_id', sa.Uuid(), nullable=True),
        sa.Column('amount_minor', sa.BigInteger(), nullable=True),
        sa.Column('amount_currency', sa.CHAR(3), nullable=True),
        sa.Column('approval_id', sa.Uuid(), nullable=True),
        sa.Column('set_by', sa.Uuid(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            '(amount_minor IS NULL) = (amount_currency IS NULL)', name=op.f('ck_approval_limit_amount')
        ),
        sa.CheckConstraint(
            'organisation_id IS NOT NULL OR amount_minor IS NOT NULL', name=op.f('ck_approval_limit_platform')
        ),
        sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_approval_limit_above_zero')),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_approval_limit_organisation_id'),
            ondelete='RESTRICT',
        ),
        sa.ForeignKeyConstraint(
            ['approval_id'], ['approval.id'], name=op.f('fk_approval_limit_approval_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['set_by'], ['member.id'], name=op.f('fk_approval_limit_set_by'), ondelete='RESTRICT'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_limit')),
        sa.UniqueConstraint('approval_id', name=op.f('uq_approval_limit_approval_id')),
    )
    op.create_index(
        'ix_approval_limit_newest', 'approval_limit', ['organisation_id', 'amount_currency', 'id']
    )
    script(op.get_bind(), '98_control.sql')


def downgrade() -> None:
    op.drop_table('approval_limit')
    op.drop_table('approval')
    for function in FUNCTIONS:
        op.execute(f'DROP FUNCTION {function}')
