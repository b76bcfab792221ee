"""indicators"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "f4b91c6e20d7"
down_revision = "a91c5e07d4b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('indicator_attempt',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('closing', sa.String(length=20), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_indicator_attempt_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_attempt'))
    )
    op.create_index('ix_indicator_attempt_last', 'indicator_attempt', ['last', 'closing', 'id'], unique=False)
    op.create_table('indicator_close',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('closing', sa.String(length=20), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('revision', sa.SmallInteger(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('known', sa.Date(), nullable=False),
    sa.Column('sheets', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('digest', sa.CHAR(length=64), nullable=False),
    sa.Column('file_key', sa.String(length=80), nullable=False),
    sa.Column('figures', sa.CHAR(length=64), nullable=False),
    sa.Column('program', sa.CHAR(length=64), nullable=False),
    sa.Column('closed_by', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("revision >= 0 AND (revision > 1) = (reason <> '')", name=op.f('ck_indicator_close_corrections_have_reasons')),
    sa.ForeignKeyConstraint(['closed_by'], ['member.id'], name=op.f('fk_indicator_close_closed_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_close')),
    sa.UniqueConstraint('last', 'closing', 'revision', name=op.f('uq_indicator_close_last_closing_revision'))
    )
    op.create_table('indicator_question',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('last', sa.Date(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_indicator_question_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_question'))
    )
    op.create_table('indicator_answer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('question_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_indicator_answer_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['question_id'], ['indicator_question.id'], name=op.f('fk_indicator_answer_question_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_answer'))
    )
    op.create_index(op.f('ix_indicator_answer_question_id'), 'indicator_answer', ['question_id'], unique=False)
    op.create_table('indicator_value',
    sa.Column('close_id', sa.Uuid(), nullable=False),
    sa.Column('span', sa.String(length=10), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('cut', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('version', sa.SmallInteger(), nullable=False),
    sa.Column('value', sa.Numeric(), nullable=True),
    sa.Column('numerator', sa.Numeric(), nullable=True),
    sa.Column('denominator', sa.Numeric(), nullable=True),
    sa.ForeignKeyConstraint(['close_id'], ['indicator_close.id'], name=op.f('fk_indicator_value_close_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('close_id', 'span', 'code', 'cut', 'key', name=op.f('pk_indicator_value'))
    )
    op.create_index('ix_indicator_value_code', 'indicator_value', ['code', 'span', 'cut', 'key', 'close_id'], unique=False)
    script(op.get_bind(), "500_indicators.sql")


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    for table in (
        "indicator_answer",
        "indicator_question",
        "indicator_attempt",
        "indicator_value",
        "indicator_close",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION check_indicator_close()")
