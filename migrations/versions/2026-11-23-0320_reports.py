"""reports"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "5e0c7a91d3b8"
down_revision = "b7e2406c91da"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('indicator_report',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('span', sa.String(length=10), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.SmallInteger(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('revision > 0', name=op.f('ck_indicator_report_revision')),
    sa.ForeignKeyConstraint(['asked_by'], ['member.id'], name=op.f('fk_indicator_report_asked_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_report')),
    sa.UniqueConstraint('last', 'span', 'public', 'revision', name=op.f('uq_indicator_report_last_span_public_revision'))
    )
    op.create_index('uq_indicator_report_making', 'indicator_report', ['last', 'span', 'public'], unique=True, postgresql_where=sa.text('made_at IS NULL'))
    op.create_table('indicator_report_file',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('form', sa.String(length=4), nullable=False),
    sa.Column('digest', sa.CHAR(length=64), nullable=False),
    sa.Column('file_key', sa.String(length=80), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("form IN ('json', 'csv', 'xlsx', 'pdf')", name=op.f('ck_indicator_report_file_form')),
    sa.ForeignKeyConstraint(['report_id'], ['indicator_report.id'], name=op.f('fk_indicator_report_file_report_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('report_id', 'form', name=op.f('pk_indicator_report_file'))
    )
    op.create_index(op.f('ix_indicator_report_file_digest'), 'indicator_report_file', ['digest'], unique=False)
    script(op.get_bind(), "530_reports.sql")


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    op.drop_table("indicator_report_file")
    op.drop_table("indicator_report")
    op.execute("DROP FUNCTION keep_indicator_report()")
    op.execute("DROP FUNCTION check_indicator_report_file()")
