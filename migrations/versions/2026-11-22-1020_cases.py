"""cases"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "c4d18e6a2f07"
down_revision = "3a7d5e90c1f4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('case_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('topic', sa.String(length=20), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('path', sa.String(length=300), nullable=False),
    sa.Column('origins', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('complainant_id', sa.Uuid(), nullable=True),
    sa.Column('filed_by', sa.Uuid(), nullable=True),
    sa.Column('side', sa.String(length=10), nullable=False),
    sa.Column('respondent_id', sa.Uuid(), nullable=False),
    sa.Column('code_mark', sa.LargeBinary(length=32), nullable=True),
    sa.Column('contact_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('wanted', sa.Text(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=True),
    sa.Column('checklist', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('zone', sa.String(length=60), nullable=False),
    sa.Column('complex', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('round', sa.SmallInteger(), nullable=False),
    sa.Column('handler_id', sa.Uuid(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_answer_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('complainant_agreed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('respondent_agreed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(code_mark IS NULL) = (kind <> 'report')", name=op.f('ck_case_file_code_of_reporter')),
    sa.CheckConstraint("(complainant_id IS NULL) = (kind = 'report')", name=op.f('ck_case_file_reporter_without_company')),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_case_file_amount')),
    sa.CheckConstraint('complainant_id <> respondent_id', name=op.f('ck_case_file_two_parties')),
    sa.CheckConstraint('round IN (1, 2)', name=op.f('ck_case_file_rounds')),
    sa.ForeignKeyConstraint(['complainant_id'], ['organisation.id'], name=op.f('fk_case_file_complainant_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['filed_by'], ['member.id'], name=op.f('fk_case_file_filed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['handler_id'], ['member.id'], name=op.f('fk_case_file_handler_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['respondent_id'], ['organisation.id'], name=op.f('fk_case_file_respondent_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_file')),
    sa.UniqueConstraint('code_mark', name=op.f('uq_case_file_code_mark')),
    sa.UniqueConstraint('number', name=op.f('uq_case_file_number'))
    )
    op.create_index('ix_case_file_complainant', 'case_file', ['complainant_id', 'id'], unique=False)
    op.create_index('ix_case_file_ended', 'case_file', ['ended_at'], unique=False, postgresql_where=sa.text('forgotten_at IS NULL'))
    op.create_index('ix_case_file_opened', 'case_file', ['opened_at'], unique=False)
    op.create_index('ix_case_file_respondent', 'case_file', ['respondent_id', 'id'], unique=False)
    op.create_index('ix_case_file_subject', 'case_file', ['subject_type', 'subject_id'], unique=False)
    op.create_index('uq_case_file_open', 'case_file', ['kind', 'subject_type', 'subject_id', 'complainant_id'], unique=True, postgresql_where=sa.text("state NOT IN ('closed', 'withdrawn', 'settled')"))
    op.create_table('case_clock',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('number', sa.SmallInteger(), nullable=False),
    sa.Column('unit', sa.String(length=20), nullable=False),
    sa.Column('calendar', sa.String(length=2), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('pauses', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('number > 0', name=op.f('ck_case_clock_length')),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_clock_case_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_clock'))
    )
    op.create_index(op.f('ix_case_clock_case_id'), 'case_clock', ['case_id'], unique=False)
    op.create_index('ix_case_clock_due', 'case_clock', ['due_at'], unique=False, postgresql_where=sa.text('stopped_at IS NULL'))
    op.create_table('case_message',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('audience', sa.String(length=12), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_message_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_case_message_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_message'))
    )
    op.create_index(op.f('ix_case_message_case_id'), 'case_message', ['case_id'], unique=False)
    op.create_table('case_exhibit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('label', sa.String(length=8), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('audience', sa.String(length=12), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('translation_of', sa.Uuid(), nullable=True),
    sa.Column('how', sa.String(length=10), nullable=False),
    sa.Column('language', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(translation_of IS NULL) = ("how" = \'\')', name=op.f('ck_case_exhibit_translation')),
    sa.ForeignKeyConstraint(['case_id', 'translation_of'], ['case_exhibit.case_id', 'case_exhibit.id'], name='fk_case_exhibit_translation_of', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_exhibit_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_case_exhibit_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_exhibit')),
    sa.UniqueConstraint('case_id', 'id', name=op.f('uq_case_exhibit_case_id_id')),
    sa.UniqueConstraint('case_id', 'label', name=op.f('uq_case_exhibit_case_id_label'))
    )
    op.create_table('case_handling',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_handling_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_case_handling_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('case_id', 'member_id', name=op.f('pk_case_handling'))
    )
    op.create_table('case_ruling',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('stage', sa.String(length=10), nullable=False),
    sa.Column('round', sa.SmallInteger(), nullable=False),
    sa.Column('remedy', sa.String(length=20), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('rules', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('exhibits', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('to_complainant_minor', sa.BigInteger(), nullable=True),
    sa.Column('to_complainant_currency', sa.CHAR(length=3), nullable=True),
    sa.Column('to_respondent_minor', sa.BigInteger(), nullable=True),
    sa.Column('to_respondent_currency', sa.CHAR(length=3), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(to_complainant_minor IS NULL) = (remedy <> 'share')", name=op.f('ck_case_ruling_shares')),
    sa.CheckConstraint('to_complainant_minor >= 0 AND to_respondent_minor >= 0', name=op.f('ck_case_ruling_no_debts')),
    sa.ForeignKeyConstraint(['case_id', 'decided_by'], ['case_handling.case_id', 'case_handling.member_id'], name='fk_case_ruling_handling', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_ruling_case_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_ruling')),
    sa.UniqueConstraint('case_id', 'stage', 'round', name=op.f('uq_case_ruling_case_id_stage_round'))
    )
    op.create_table('case_satisfaction',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('stars', sa.SmallInteger(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('stars BETWEEN 1 AND 5', name=op.f('ck_case_satisfaction_stars')),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_satisfaction_case_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('case_id', 'side', name=op.f('pk_case_satisfaction'))
    )
    script(op.get_bind(), "190_cases.sql")


def downgrade() -> None:
    script(op.get_bind(), "190_cases_down.sql")
    for table in (
        "case_satisfaction",
        "case_ruling",
        "case_handling",
        "case_exhibit",
        "case_message",
        "case_clock",
        "case_file",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION check_case_ruling()")
    op.execute("DROP FUNCTION keep_case()")
    op.execute("DROP FUNCTION forget_case_in_time()")
