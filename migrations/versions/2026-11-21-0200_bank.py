"""bank"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from app.migrations import script

revision = 'efe008d8ec3d'
down_revision = 'e1d04b5665d6'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('payment_run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('message', sa.String(length=20), nullable=False),
    sa.Column('execute_on', sa.Date(), nullable=False),
    sa.Column('file_key', sa.String(length=67), nullable=False),
    sa.Column('sha256', sa.CHAR(length=64), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('approved_by', sa.Uuid(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('called_off_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state NOT IN ('approved', 'sent') OR approved_by IS NOT NULL", name=op.f('ck_payment_run_approved')),
    sa.CheckConstraint('approved_by <> made_by', name=op.f('ck_payment_run_maker_is_not_checker')),
    sa.ForeignKeyConstraint(['approved_by'], ['member.id'], name=op.f('fk_payment_run_approved_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['called_off_by'], ['member.id'], name=op.f('fk_payment_run_called_off_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['made_by'], ['member.id'], name=op.f('fk_payment_run_made_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_run')),
    sa.UniqueConstraint('number', name=op.f('uq_payment_run_number'))
    )
    op.create_table('statement_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('file_key', sa.String(length=67), nullable=False),
    sa.Column('sha256', sa.CHAR(length=64), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['uploaded_by'], ['member.id'], name=op.f('fk_statement_file_uploaded_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_file'))
    )
    op.create_index('uq_statement_file_sha256', 'statement_file', ['sha256'], unique=True, postgresql_where=sa.text("state <> 'refused'"))
    op.create_table('bank_statement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('previous_id', sa.Uuid(), nullable=True),
    sa.Column('account', sa.String(length=34), nullable=False),
    sa.Column('currency', sa.CHAR(length=3), nullable=False),
    sa.Column('bank_id', sa.String(length=70), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('opening_minor', sa.BigInteger(), nullable=False),
    sa.Column('opening_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('closing_minor', sa.BigInteger(), nullable=False),
    sa.Column('closing_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('opening_currency = currency AND closing_currency = currency', name=op.f('ck_bank_statement_currency')),
    sa.ForeignKeyConstraint(['file_id'], ['statement_file.id'], name=op.f('fk_bank_statement_file_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['previous_id'], ['bank_statement.id'], name=op.f('fk_bank_statement_previous_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_statement')),
    sa.UniqueConstraint('account', 'currency', 'bank_id', name='uq_bank_statement_bank_id'),
    sa.UniqueConstraint('previous_id', name='uq_bank_statement_previous_id')
    )
    op.create_index(op.f('ix_bank_statement_file_id'), 'bank_statement', ['file_id'], unique=False)
    op.create_index('uq_bank_statement_first', 'bank_statement', ['account', 'currency'], unique=True, postgresql_where=sa.text('previous_id IS NULL'))
    op.create_table('payment_run_download',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_payment_run_download_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['run_id'], ['payment_run.id'], name=op.f('fk_payment_run_download_run_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_run_download'))
    )
    op.create_index(op.f('ix_payment_run_download_run_id'), 'payment_run_download', ['run_id'], unique=False)
    op.create_table('payment_run_item',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('operation_id', sa.Uuid(), nullable=False),
    sa.Column('end_to_end', sa.String(length=35), nullable=False),
    sa.Column('batch', sa.String(length=35), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('holder', sa.String(length=200), nullable=False),
    sa.Column('masked', sa.String(length=60), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['operation_id'], ['operation.id'], name=op.f('fk_payment_run_item_operation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['run_id'], ['payment_run.id'], name=op.f('fk_payment_run_item_run_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_run_item')),
    sa.UniqueConstraint('run_id', 'operation_id', name='uq_payment_run_item_run_id')
    )
    op.create_index('ix_payment_run_item_batch', 'payment_run_item', ['batch'], unique=False)
    op.create_index('ix_payment_run_item_end_to_end', 'payment_run_item', ['end_to_end'], unique=False)
    op.create_index('uq_payment_run_item_live', 'payment_run_item', ['operation_id'], unique=True, postgresql_where=sa.text('live'))
    op.create_table('bank_line',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('statement_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('direction', sa.String(length=6), nullable=False),
    sa.Column('returned', sa.Boolean(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('booked_on', sa.Date(), nullable=False),
    sa.Column('value_on', sa.Date(), nullable=False),
    sa.Column('bank_ref', sa.String(length=64), nullable=False),
    sa.Column('end_to_end', sa.String(length=64), nullable=False),
    sa.Column('batch', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=140), nullable=False),
    sa.Column('remittance', sa.String(length=1000), nullable=False),
    sa.Column('name', sa.String(length=140), nullable=False),
    sa.Column('bank_code', sa.String(length=35), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('masked', sa.String(length=40), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=True),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=35), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reasons', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('milestone_id', sa.Uuid(), nullable=True),
    sa.Column('operation_id', sa.Uuid(), nullable=True),
    sa.Column('payer_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("direction IN ('credit', 'debit')", name=op.f('ck_bank_line_direction')),
    sa.CheckConstraint('(sealed IS NULL) = (mark IS NULL)', name=op.f('ck_bank_line_sealed')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_bank_line_amount')),
    sa.ForeignKeyConstraint(['milestone_id'], ['escrow_milestone.id'], name=op.f('fk_bank_line_milestone_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['operation_id'], ['operation.id'], name=op.f('fk_bank_line_operation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['payer_id'], ['organisation.id'], name=op.f('fk_bank_line_payer_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['statement_id'], ['bank_statement.id'], name=op.f('fk_bank_line_statement_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_line')),
    sa.UniqueConstraint('statement_id', 'number', name='uq_bank_line_number')
    )
    op.create_index('ix_bank_line_bank_ref', 'bank_line', ['bank_ref'], unique=False)
    op.create_index('ix_bank_line_mark', 'bank_line', ['mark', 'payer_id'], unique=False, postgresql_where=sa.text('payer_id IS NOT NULL'))
    op.create_index('ix_bank_line_new', 'bank_line', ['statement_id', 'returned', 'number'], unique=False, postgresql_where=sa.text("status = 'new'"))
    op.create_index('ix_bank_line_operation_id', 'bank_line', ['operation_id'], unique=False, postgresql_where=sa.text('operation_id IS NOT NULL'))
    op.create_table('bank_case',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('held_minor', sa.BigInteger(), nullable=False),
    sa.Column('held_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('reasons', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=True),
    sa.Column('booking_id', sa.Uuid(), nullable=True),
    sa.Column('operation_id', sa.Uuid(), nullable=True),
    sa.Column('milestone_id', sa.Uuid(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f('ck_bank_case_closed')),
    sa.ForeignKeyConstraint(['booking_id'], ['bank_booking.id'], name=op.f('fk_bank_case_booking_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['line_id'], ['bank_line.id'], name=op.f('fk_bank_case_line_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['milestone_id'], ['escrow_milestone.id'], name=op.f('fk_bank_case_milestone_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['operation_id'], ['operation.id'], name=op.f('fk_bank_case_operation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_case'))
    )
    op.create_index(op.f('ix_bank_case_milestone_id'), 'bank_case', ['milestone_id'], unique=False)
    op.create_index('ix_bank_case_open', 'bank_case', ['opened_at'], unique=False, postgresql_where=sa.text("state <> 'closed'"))
    op.create_index('uq_bank_case_line_id', 'bank_case', ['line_id'], unique=True)
    op.create_table('bank_case_decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.String(length=20), nullable=False),
    sa.Column('milestone_id', sa.Uuid(), nullable=True),
    sa.Column('operation_id', sa.Uuid(), nullable=True),
    sa.Column('others', postgresql.ARRAY(sa.Uuid()), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('letter', sa.Text(), nullable=False),
    sa.Column('holder', sa.String(length=140), nullable=False),
    sa.Column('scheme', sa.String(length=10), nullable=False),
    sa.Column('bank_code', sa.String(length=35), nullable=False),
    sa.Column('country', sa.CHAR(length=2), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('masked', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f('ck_bank_case_decision_decided')),
    sa.CheckConstraint('decided_by <> proposed_by', name=op.f('ck_bank_case_decision_maker_is_not_checker')),
    sa.ForeignKeyConstraint(['case_id'], ['bank_case.id'], name=op.f('fk_bank_case_decision_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_bank_case_decision_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['milestone_id'], ['escrow_milestone.id'], name=op.f('fk_bank_case_decision_milestone_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['operation_id'], ['operation.id'], name=op.f('fk_bank_case_decision_operation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_bank_case_decision_proposed_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_case_decision'))
    )
    op.create_index(op.f('ix_bank_case_decision_case_id'), 'bank_case_decision', ['case_id'], unique=False)
    op.create_index('uq_bank_case_decision_proposed', 'bank_case_decision', ['case_id'], unique=True, postgresql_where=sa.text("state = 'proposed'"))
    op.add_column('escrow_milestone', sa.Column('due_on', sa.Date(), nullable=True))
    op.add_column('bank_account', sa.Column('confirmed_by', sa.Uuid(), nullable=True))
    op.add_column('bank_account', sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('bank_account', sa.Column('removal_asked_by', sa.Uuid(), nullable=True))
    op.add_column('bank_account', sa.Column('removed_by', sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f('fk_bank_account_removal_asked_by'), 'bank_account', 'member', ['removal_asked_by'], ['id'], ondelete='RESTRICT')
    op.create_foreign_key(op.f('fk_bank_account_confirmed_by'), 'bank_account', 'member', ['confirmed_by'], ['id'], ondelete='RESTRICT')
    op.create_foreign_key(op.f('fk_bank_account_removed_by'), 'bank_account', 'member', ['removed_by'], ['id'], ondelete='RESTRICT')
    op.create_check_constraint(op.f('ck_bank_account_second_member'), 'bank_account', 'confirmed_by <> added_by')
    op.create_check_constraint(op.f('ck_bank_account_second_member_removes'), 'bank_account', 'removed_by <> removal_asked_by')
    op.execute("UPDATE bank_account SET confirmed_at = created_at")
    script(op.get_bind(), '50_bank.sql')
    op.execute(OPEN_CASES)


# What lay in suspense before had no case: each receipt becomes one, for nothing has left from there so far.
OPEN_CASES = """
INSERT INTO bank_case (id, kind, state, held_minor, held_currency, reasons, booking_id, operation_id, milestone_id, opened_at)
SELECT gen_random_uuid(),
       CASE WHEN m.id IS NULL THEN 'unknown_reference'
            WHEN p.amount_currency <> m.amount_currency THEN 'wrong_currency'
            WHEN -p.amount_minor < m.amount_minor THEN 'underpaid'
            WHEN -p.amount_minor > m.amount_minor THEN 'overpaid'
            ELSE 'paid_twice' END,
       'open', -p.amount_minor, p.amount_currency, '[]', b.id, o.id, m.id, e.at
  FROM posting p
  JOIN account a ON a.id = p.account_id AND a.kind = 'suspense'
  JOIN journal_entry e ON e.id = p.entry_id
  LEFT JOIN bank_booking b ON b.id = e.part_id
  LEFT JOIN operation o ON e.kind = 'suspend' AND e.key = 'suspend:' || o.id::text
  LEFT JOIN escrow_milestone m ON m.id = e.part_id
"""


def downgrade() -> None:
    op.drop_constraint(op.f('ck_bank_account_second_member_removes'), 'bank_account', type_='check')
    op.drop_constraint(op.f('ck_bank_account_second_member'), 'bank_account', type_='check')
    op.drop_constraint(op.f('fk_bank_account_removed_by'), 'bank_account', type_='foreignkey')
    op.drop_constraint(op.f('fk_bank_account_confirmed_by'), 'bank_account', type_='foreignkey')
    op.drop_constraint(op.f('fk_bank_account_removal_asked_by'), 'bank_account', type_='foreignkey')
    op.drop_column('escrow_milestone', 'due_on')
    op.drop_column('bank_account', 'removed_by')
    op.drop_column('bank_account', 'removal_asked_by')
    op.drop_column('bank_account', 'confirmed_at')
    op.drop_column('bank_account', 'confirmed_by')
    op.drop_index('uq_bank_case_decision_proposed', table_name='bank_case_decision', postgresql_where=sa.text("state = 'proposed'"))
    op.drop_index(op.f('ix_bank_case_decision_case_id'), table_name='bank_case_decision')
    op.drop_table('bank_case_decision')
    op.drop_index('uq_bank_case_line_id', table_name='bank_case')
    op.drop_index('ix_bank_case_open', table_name='bank_case', postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index(op.f('ix_bank_case_milestone_id'), table_name='bank_case')
    op.drop_table('bank_case')
    op.drop_index('ix_bank_line_operation_id', table_name='bank_line', postgresql_where=sa.text('operation_id IS NOT NULL'))
    op.drop_index('ix_bank_line_new', table_name='bank_line', postgresql_where=sa.text("status = 'new'"))
    op.drop_index('ix_bank_line_mark', table_name='bank_line', postgresql_where=sa.text('payer_id IS NOT NULL'))
    op.drop_index('ix_bank_line_bank_ref', table_name='bank_line')
    op.drop_table('bank_line')
    op.drop_index('uq_payment_run_item_live', table_name='payment_run_item', postgresql_where=sa.text('live'))
    op.drop_index('ix_payment_run_item_end_to_end', table_name='payment_run_item')
    op.drop_index('ix_payment_run_item_batch', table_name='payment_run_item')
    op.drop_table('payment_run_item')
    op.drop_index(op.f('ix_payment_run_download_run_id'), table_name='payment_run_download')
    op.drop_table('payment_run_download')
    op.drop_index('uq_bank_statement_first', table_name='bank_statement', postgresql_where=sa.text('previous_id IS NULL'))
    op.drop_index(op.f('ix_bank_statement_file_id'), table_name='bank_statement')
    op.drop_table('bank_statement')
    op.drop_index('uq_statement_file_sha256', table_name='statement_file', postgresql_where=sa.text("state <> 'refused'"))
    op.drop_table('statement_file')
    op.drop_table('payment_run')
    for function in ('check_statement_chain', 'bank_line_is_fixed', 'payment_run_is_fixed'):
        op.execute(f'DROP FUNCTION {function}()')
