"""quality"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "b7e2406c91da"
down_revision = "a6c30e8d5f12"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('quality_work',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('subject_type', sa.String(length=40), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('file', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'guidance') = (organisation_id IS NOT NULL)", name=op.f('ck_quality_work_guided')),
    sa.CheckConstraint("(kind = 'inspection') = (subject_id IS NOT NULL)", name=op.f('ck_quality_work_inspected')),
    sa.CheckConstraint("kind <> 'inspection' OR file IS NOT NULL", name=op.f('ck_quality_work_documented')),
    sa.CheckConstraint("kind = 'visit' OR done_on = day", name=op.f('ck_quality_work_planned')),
    sa.CheckConstraint("kind IN ('inspection', 'recall', 'guidance', 'event', 'visit')", name=op.f('ck_quality_work_kind')),
    sa.CheckConstraint("state <> 'done' OR done_on IS NOT NULL", name=op.f('ck_quality_work_done')),
    sa.CheckConstraint("subject_type IN ('product', 'order')", name=op.f('ck_quality_work_subject_type')),
    sa.CheckConstraint('(subject_id IS NULL) = (subject_type IS NULL)', name=op.f('ck_quality_work_subject')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_quality_work_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['recorded_by'], ['member.id'], name=op.f('fk_quality_work_recorded_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quality_work')),
    sa.UniqueConstraint('number', name=op.f('uq_quality_work_number'))
    )
    op.create_index('ix_quality_work_day', 'quality_work', ['day'], unique=False)
    op.create_index('ix_quality_work_kind', 'quality_work', ['kind', 'id'], unique=False)
    op.create_index(op.f('ix_quality_work_organisation_id'), 'quality_work', ['organisation_id'], unique=False)
    op.create_table('quality_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('work_id', sa.Uuid(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=True),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('over_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('found_by', sa.Uuid(), nullable=False),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(over_at IS NULL) = (ended_by IS NULL) AND (over_at IS NULL) = (how = '')", name=op.f('ck_quality_finding_over')),
    sa.CheckConstraint("what <> '' OR product_id IS NOT NULL", name=op.f('ck_quality_finding_what')),
    sa.CheckConstraint('over_at >= found_at', name=op.f('ck_quality_finding_order')),
    sa.ForeignKeyConstraint(['ended_by'], ['member.id'], name=op.f('fk_quality_finding_ended_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['found_by'], ['member.id'], name=op.f('fk_quality_finding_found_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['work_id'], ['quality_work.id'], name=op.f('fk_quality_finding_work_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quality_finding'))
    )
    op.create_index('ix_quality_finding_work', 'quality_finding', ['work_id', 'id'], unique=False)
    op.create_index('uq_quality_finding_product', 'quality_finding', ['work_id', 'product_id'], unique=True, postgresql_where=sa.text('product_id IS NOT NULL'))
    script(op.get_bind(), "520_quality.sql")


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    op.drop_table("quality_finding")
    op.drop_table("quality_work")
    op.execute("DROP FUNCTION keep_quality_finding()")
    op.execute("DROP FUNCTION keep_quality_work()")
