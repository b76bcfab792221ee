"""How long a provider may hold money."""

from alembic import op
import sqlalchemy as sa

revision = 'fdbe1f62f83f'
down_revision = 'e0bd5b5aae05'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('holding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('operation_id', sa.Uuid(), nullable=False),
    sa.Column('milestone_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('approved_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(decided_by IS NULL) = (note = '')", name=op.f('ck_holding_note')),
    sa.CheckConstraint('approved_by <> decided_by', name=op.f('ck_holding_maker_is_not_checker')),
    sa.ForeignKeyConstraint(['approved_by'], ['member.id'], name=op.f('fk_holding_approved_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_holding_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['milestone_id'], ['escrow_milestone.id'], name=op.f('fk_holding_milestone_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['operation_id'], ['operation.id'], name=op.f('fk_holding_operation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holding')),
    sa.UniqueConstraint('operation_id', name=op.f('uq_holding_operation_id'))
    )
    op.create_index(op.f('ix_holding_milestone_id'), 'holding', ['milestone_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_holding_milestone_id'), table_name='holding')
    op.drop_table('holding')
