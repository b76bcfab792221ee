"""milestones"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from app.migrations import script

revision = 'a3f1c07d52be'
down_revision = 'fdbe1f62f83f'
branch_labels = None
depends_on = None

PARTS = ('held_minor', 'released_minor', 'due_minor', 'refunded_minor')
OPEN = "state IN ('planned', 'sent', 'unknown')"

# Where the money of milestones that exist is, as the books have it.
FROM_BOOKS = """
WITH leg AS (
    SELECT e.part_id, a.kind, p.amount_minor * a.side AS minor
      FROM journal_entry e JOIN posting p ON p.entry_id = e.id JOIN account a ON a.id = p.account_id
), book AS (
    SELECT part_id,
           coalesce(sum(minor) FILTER (WHERE kind IN ('escrow', 'escrow_frozen')), 0) AS held,
           coalesce(sum(minor) FILTER (WHERE kind IN ('payable', 'fee_income')), 0) AS released,
           coalesce(sum(minor) FILTER (WHERE kind = 'refund_due'), 0) AS due,
           coalesce(-sum(minor) FILTER (WHERE kind = 'refund_due' AND minor < 0), 0) AS refunded
      FROM leg GROUP BY part_id
)
UPDATE escrow_milestone m
   SET held_minor = b.held, released_minor = b.released, due_minor = b.due, refunded_minor = b.refunded
  FROM book b
 WHERE b.part_id = m.id AND m.state NOT IN ('pending', 'funding', 'cancelled')
"""
# Orders that exist were signed for a deposit and a balance, both released on acceptance of the goods.
FROM_ESCROW = """
INSERT INTO order_milestone (id, order_id, position, kind, conditions, state, created_at)
SELECT m.id, o.id, m.position, m.kind,
       jsonb_build_object(
           'due', CASE m.kind WHEN 'deposit' THEN 'signing' ELSE 'shipment' END,
           'due_days', CASE m.kind WHEN 'deposit' THEN 7 END,
           'evidence', 'acceptance', 'since', NULL, 'days', NULL, 'on', NULL, 'approver', 'buyer',
           'answer_days', NULL, 'silence', 'accepted', 'refundable', 0),
       CASE WHEN m.state = 'released' THEN 'accepted'
            WHEN m.state IN ('refund_due', 'refunded', 'cancelled') THEN 'closed'
            ELSE 'awaited' END,
       o.created_at
  FROM orders o
  JOIN escrow e ON e.subject_type = 'order' AND e.subject_id = o.id
  JOIN escrow_milestone m ON m.escrow_id = e.id
"""


def upgrade() -> None:
    for name in PARTS:
        op.add_column('escrow_milestone', sa.Column(name, sa.BigInteger(), server_default='0', nullable=False))
    op.execute(FROM_BOOKS)
    op.create_check_constraint(
        op.f('ck_escrow_milestone_parts'),
        'escrow_milestone',
        'held_minor >= 0 AND released_minor >= 0 AND due_minor >= 0 AND refunded_minor >= 0'
        ' AND held_minor + released_minor + due_minor + refunded_minor IN (0, amount_minor)',
    )
    op.add_column('escrow_milestone', sa.Column('surplus_minor', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('contract', sa.Column('amends_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f('fk_contract_amends_id'), 'contract', 'contract', ['amends_id'], ['id'], ondelete='RESTRICT')
    for name in ('inquiry', 'quotation'):
        op.drop_constraint(op.f(f'uq_contract_{name}_id'), 'contract', type_='unique')
        op.create_index(f'uq_contract_{name}', 'contract', [f'{name}_id'], unique=True, postgresql_where=sa.text('amends_id IS NULL'))
    op.create_index('uq_contract_amendment_open', 'contract', ['amends_id'], unique=True, postgresql_where=sa.text("state <> 'void'"))
    op.drop_index('uq_operation_open_part', table_name='operation')
    op.create_index(
        'uq_operation_open_part',
        'operation',
        ['part_id', 'kind'],
        unique=True,
        postgresql_where=sa.text(OPEN + " AND kind <> 'refund'"),
    )
    op.create_table('order_milestone',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('conditions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('deadline', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['escrow_milestone.id'], name=op.f('fk_order_milestone_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_milestone_order_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_milestone')),
    sa.UniqueConstraint('order_id', 'position', name=op.f('uq_order_milestone_order_id_position'))
    )
    op.create_index('ix_order_milestone_answer_by', 'order_milestone', ['answer_by'], unique=False, postgresql_where=sa.text("state = 'submitted'"))
    op.create_index('ix_order_milestone_deadline', 'order_milestone', ['deadline'], unique=False, postgresql_where=sa.text("state IN ('awaited', 'objected')"))
    op.create_table('milestone_submission',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('milestone_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.SmallInteger(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('objection', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['answered_by'], ['member.id'], name=op.f('fk_milestone_submission_answered_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_milestone_submission_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['milestone_id'], ['order_milestone.id'], name=op.f('fk_milestone_submission_milestone_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestone_submission')),
    sa.UniqueConstraint('milestone_id', 'number', name=op.f('uq_milestone_submission_milestone_id_number'))
    )
    op.execute(FROM_ESCROW)
    op.add_column('settlement_proposal', sa.Column('milestone_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f('fk_settlement_proposal_milestone_id'), 'settlement_proposal', 'order_milestone', ['milestone_id'], ['id'], ondelete='RESTRICT')
    script(op.get_bind(), '50_milestones.sql')


def downgrade() -> None:
    """Takes away what was said about evidence; money stays as the books have it.

    Fails, changing nothing, while two refunds of one milestone are on their way, or where a contract was amended: the
    old indexes knew one of each.
    """
    op.drop_constraint(op.f('fk_settlement_proposal_milestone_id'), 'settlement_proposal', type_='foreignkey')
    op.drop_column('settlement_proposal', 'milestone_id')
    op.drop_table('milestone_submission')
    op.execute('DROP FUNCTION keep_submission()')
    op.drop_table('order_milestone')
    op.drop_index('uq_operation_open_part', table_name='operation')
    op.create_index('uq_operation_open_part', 'operation', ['part_id', 'kind'], unique=True, postgresql_where=sa.text(OPEN))
    op.drop_index('uq_contract_amendment_open', table_name='contract')
    for name in ('quotation', 'inquiry'):
        op.drop_index(f'uq_contract_{name}', table_name='contract')
        op.create_unique_constraint(op.f(f'uq_contract_{name}_id'), 'contract', [f'{name}_id'])
    op.drop_constraint(op.f('fk_contract_amends_id'), 'contract', type_='foreignkey')
    op.drop_column('contract', 'amends_id')
    op.drop_column('escrow_milestone', 'surplus_minor')
    op.drop_constraint(op.f('ck_escrow_milestone_parts'), 'escrow_milestone', type_='check')
    for name in reversed(PARTS):
        op.drop_column('escrow_milestone', name)
