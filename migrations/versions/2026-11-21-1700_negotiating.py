"""negotiating"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = '6e0b4d92a7c5'
down_revision = 'bf2f07d12082'
branch_labels = None
depends_on = None

UNSIGNED = "state IN ('draft', 'locked', 'signing')"
# Of contracts that exist only the newest text was kept; who made it, and when, their evidence says.
NEWEST = """
INSERT INTO contract_revision (contract_id, revision, terms, member_id, note, at)
SELECT c.id, c.revision, c.terms, m.id, '', coalesce(made.at, c.created_at)
  FROM contract c
  LEFT JOIN LATERAL (
       SELECT e.actor, e.at FROM evidence_link e
        WHERE e.subject_type = 'contract' AND e.subject_id = c.id
          AND e.kind IN ('contract.drawn_up', 'contract.adjusted', 'contract.unlocked')
        ORDER BY e.seq DESC LIMIT 1
  ) made ON true
  LEFT JOIN member m ON m.id = made.actor
"""


def upgrade() -> None:
    op.add_column('contract', sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('contract', sa.Column('reminders', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('contract', sa.Column('buyer_extended', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('contract', sa.Column('supplier_extended', sa.Boolean(), server_default='false', nullable=False))
    op.create_index('ix_contract_ends_at', 'contract', ['ends_at'], unique=False, postgresql_where=sa.text(UNSIGNED))
    op.create_table(
        'contract_revision',
        sa.Column('contract_id', sa.Uuid(), nullable=False),
        sa.Column('revision', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('terms', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_contract_revision_contract_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_contract_revision_member_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('contract_id', 'revision', name=op.f('pk_contract_revision')),
    )
    op.create_table(
        'contract_comment',
        sa.Column('contract_id', sa.Uuid(), nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('place', sa.String(length=60), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('organisation_id', sa.Uuid(), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_contract_comment_contract_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_contract_comment_organisation_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_contract_comment_member_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_contract_comment')),
    )
    op.create_table(
        'contract_comment_resolution',
        sa.Column('contract_id', sa.Uuid(), nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('place', sa.String(length=60), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['contract_id', 'number'],
            ['contract_comment.contract_id', 'contract_comment.number'],
            name='fk_contract_comment_resolution_comment',
            ondelete='RESTRICT',
        ),
        sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_contract_comment_resolution_member_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('contract_id', 'number', name=op.f('pk_contract_comment_resolution')),
    )
    op.create_table(
        'contract_request',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('contract_id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('organisation_id', sa.Uuid(), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=False),
        sa.Column('state', sa.String(length=20), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('answered_by', sa.Uuid(), nullable=True),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_contract_request_contract_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_contract_request_organisation_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_contract_request_member_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['answered_by'], ['member.id'], name=op.f('fk_contract_request_answered_by'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_contract_request')),
    )
    op.create_index('ix_contract_request_contract_id', 'contract_request', ['contract_id'], unique=False)
    op.create_index('uq_contract_request_open', 'contract_request', ['contract_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.execute(NEWEST)
    # Contracts that wait already have the whole period before them: nobody was told of an end before.
    op.execute(f"UPDATE contract SET ends_at = now() + interval '30 days' WHERE {UNSIGNED}")
    script(op.get_bind(), '120_negotiating.sql')


def downgrade() -> None:
    """Takes away every version but the newest, what was said of them, and when contracts end."""
    op.drop_table('contract_request')
    op.execute('DROP FUNCTION keep_contract_request()')
    op.drop_table('contract_comment_resolution')
    op.drop_table('contract_comment')
    op.drop_table('contract_revision')
    op.drop_index('ix_contract_ends_at', table_name='contract', postgresql_where=sa.text(UNSIGNED))
    for name in ('supplier_extended', 'buyer_extended', 'reminders', 'ends_at'):
        op.drop_column('contract', name)
