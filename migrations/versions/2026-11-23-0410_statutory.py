"""the calendar of statutory reports"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "e93b57f0c2a6"
down_revision = "d1a40c7e92b5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('statutory_filing',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('opens_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('deferred_to', sa.Date(), nullable=True),
    sa.Column('told_on', sa.Date(), nullable=True),
    sa.Column('held_up', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('waiver_by', sa.Uuid(), nullable=True),
    sa.Column('waiver_reason', sa.Text(), nullable=False),
    sa.Column('waived_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'not_due') = (waived_by IS NOT NULL)", name=op.f('ck_statutory_filing_waived')),
    sa.CheckConstraint("(waiver_by IS NULL) = (waiver_reason = '')", name=op.f('ck_statutory_filing_waiver')),
    sa.CheckConstraint('deferred_to > due_on', name=op.f('ck_statutory_filing_deferred_to')),
    sa.CheckConstraint('first_day <= last_day AND last_day <= opens_on AND opens_on <= due_on', name=op.f('ck_statutory_filing_days')),
    sa.CheckConstraint("kind IN ('identity', 'tax', 'basic')", name=op.f('ck_statutory_filing_kind')),
    sa.CheckConstraint("state <> 'deferred' OR deferred_to IS NOT NULL", name=op.f('ck_statutory_filing_deferred')),
    sa.CheckConstraint('waived_by <> waiver_by', name=op.f('ck_statutory_filing_second_person')),
    sa.ForeignKeyConstraint(['waived_by'], ['member.id'], name=op.f('fk_statutory_filing_waived_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['waiver_by'], ['member.id'], name=op.f('fk_statutory_filing_waiver_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statutory_filing'))
    )
    op.create_index('ix_statutory_filing_due', 'statutory_filing', ['due_on', 'id'], unique=False)
    op.create_index('ix_statutory_filing_outstanding', 'statutory_filing', [sa.text('coalesce(deferred_to, due_on)')], unique=False, postgresql_where=sa.text("state IN ('open', 'prepared', 'deferred')"))
    op.create_index('uq_statutory_filing_period', 'statutory_filing', ['kind', 'first_day'], unique=True)
    op.create_table('statutory_recipient',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('certificate', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('added_by', sa.Uuid(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['added_by'], ['member.id'], name=op.f('fk_statutory_recipient_added_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statutory_recipient'))
    )
    op.create_table('statutory_version',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('filing_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('file', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('report_id', sa.Uuid(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('findings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('prepared_by', sa.Uuid(), nullable=True),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('filed_on', sa.Date(), nullable=True),
    sa.Column('filed_by', sa.Uuid(), nullable=True),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('receipt_number', sa.String(length=120), nullable=False),
    sa.Column('receipt', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(filed_on IS NULL) = (filed_by IS NULL) AND (filed_on IS NULL) = (filed_at IS NULL) AND (filed_on IS NULL) = (receipt_number = '')", name=op.f('ck_statutory_version_filed')),
    sa.CheckConstraint('(file IS NULL) <> (report_id IS NULL) OR forgotten_at IS NOT NULL', name=op.f('ck_statutory_version_content')),
    sa.CheckConstraint('filed_by <> prepared_by', name=op.f('ck_statutory_version_second_person')),
    sa.CheckConstraint('receipt IS NULL OR filed_on IS NOT NULL', name=op.f('ck_statutory_version_receipt')),
    sa.ForeignKeyConstraint(['filed_by'], ['member.id'], name=op.f('fk_statutory_version_filed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['filing_id'], ['statutory_filing.id'], name=op.f('fk_statutory_version_filing_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['prepared_by'], ['member.id'], name=op.f('fk_statutory_version_prepared_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['report_id'], ['identity_report.id'], name=op.f('fk_statutory_version_report_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statutory_version')),
    sa.UniqueConstraint('report_id', name=op.f('uq_statutory_version_report_id'))
    )
    op.create_index('ix_statutory_version_over', 'statutory_version', ['prepared_at'], unique=False, postgresql_where=sa.text('forgotten_at IS NULL'))
    op.create_index('uq_statutory_version_number', 'statutory_version', ['filing_id', 'number'], unique=True)
    script(op.get_bind(), "570_statutory.sql")


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    op.drop_table('statutory_version')
    op.drop_table('statutory_recipient')
    op.drop_table('statutory_filing')
    op.execute("DROP FUNCTION keep_statutory_version()")
    op.execute("DROP FUNCTION keep_statutory_filing()")
