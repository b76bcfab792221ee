"""assessment"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "c7a2e95b41d8"
down_revision = "5e0c7a91d3b8"
branch_labels = None
depends_on = None

SUGGESTED = """{
    "weights": {"scale": 25, "growth": 15, "renewal": 5, "trust": 25, "quality": 10, "lawful": 10, "service": 10},
    "pass_from": 80, "rectify_from": 60, "sample_percent": 5, "sample_least": 30, "difference_percent": 10,
    "rectify_days": 90, "statement_days": 10
}"""


def upgrade() -> None:
    op.create_table('assessment_rules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('said', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['set_by'], ['member.id'], name=op.f('fk_assessment_rules_set_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_rules'))
    )
    op.create_index('ix_assessment_rules_from', 'assessment_rules', ['effective_from', 'id'], unique=False)
    op.create_table('assessment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('rules_id', sa.Uuid(), nullable=False),
    sa.Column('seed_source', sa.String(length=300), nullable=False),
    sa.Column('scheduled_by', sa.Uuid(), nullable=False),
    sa.Column('scheduled_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('lock', sa.CHAR(length=64), nullable=True),
    sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('orders', sa.Integer(), nullable=True),
    sa.Column('orders_key', sa.String(length=80), nullable=True),
    sa.Column('orders_digest', sa.CHAR(length=64), nullable=True),
    sa.Column('seed', sa.String(length=200), nullable=True),
    sa.Column('seed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rectify_by', sa.Date(), nullable=True),
    sa.Column('statement_by', sa.Date(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(lock IS NULL) = (state = 'scheduled')", name=op.f('ck_assessment_locked')),
    sa.CheckConstraint("(state IN ('passed', 'revoked')) = (ended_at IS NOT NULL)", name=op.f('ck_assessment_ended')),
    sa.CheckConstraint("state <> 'notice' OR statement_by IS NOT NULL", name=op.f('ck_assessment_notice')),
    sa.CheckConstraint("state <> 'rectify' OR rectify_by IS NOT NULL", name=op.f('ck_assessment_rectify')),
    sa.CheckConstraint('(seed IS NULL) = (seed_at IS NULL)', name=op.f('ck_assessment_seed')),
    sa.ForeignKeyConstraint(['rules_id'], ['assessment_rules.id'], name=op.f('fk_assessment_rules_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['scheduled_by'], ['member.id'], name=op.f('fk_assessment_scheduled_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment')),
    sa.UniqueConstraint('number', name=op.f('uq_assessment_number'))
    )
    op.create_index('ix_assessment_state', 'assessment', ['state', 'id'], unique=False)
    op.create_index('uq_assessment_standing', 'assessment', ['last'], unique=True, postgresql_where=sa.text("state <> 'revoked'"))
    op.create_table('assessment_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('finding', sa.String(length=20), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_finding_assessment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_assessment_finding_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_finding'))
    )
    op.create_index('ix_assessment_finding_place', 'assessment_finding', ['assessment_id', 'place', 'id'], unique=False)
    op.create_table('assessment_item',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('owner', sa.String(length=120), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_item_assessment_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_item'))
    )
    op.create_index(op.f('ix_assessment_item_assessment_id'), 'assessment_item', ['assessment_id'], unique=False)
    op.create_table('assessment_proposal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('decision', sa.String(length=20), nullable=False),
    sa.Column('score', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('vetoes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('items', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name=op.f('ck_assessment_proposal_decided')),
    sa.CheckConstraint('decided_by <> proposed_by', name=op.f('ck_assessment_proposal_second_person')),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_proposal_assessment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_assessment_proposal_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_assessment_proposal_proposed_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_proposal'))
    )
    op.create_index('ix_assessment_proposal_assessment', 'assessment_proposal', ['assessment_id', 'id'], unique=False)
    op.create_index('uq_assessment_proposal_open', 'assessment_proposal', ['assessment_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('assessment_report',
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('figures', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_report_assessment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_assessment_report_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('assessment_id', name=op.f('pk_assessment_report'))
    )
    op.create_table('assessment_sample',
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('mark', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_sample_assessment_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('assessment_id', 'place', name=op.f('pk_assessment_sample'))
    )
    op.create_table('assessment_sheet',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('scores', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_sheet_assessment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_assessment_sheet_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_sheet'))
    )
    op.create_index(op.f('ix_assessment_sheet_assessment_id'), 'assessment_sheet', ['assessment_id'], unique=False)
    op.create_table('assessment_statement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_statement_assessment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_assessment_statement_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_statement'))
    )
    op.create_index(op.f('ix_assessment_statement_assessment_id'), 'assessment_statement', ['assessment_id'], unique=False)
    op.create_table('assessment_title',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('name_zh', sa.String(length=200), nullable=False),
    sa.Column('authority', sa.String(length=200), nullable=False),
    sa.Column('certificate', sa.String(length=80), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agreed_by', sa.Uuid(), nullable=True),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'revoked') = (revoked_by IS NOT NULL AND ended_at IS NOT NULL)", name=op.f('ck_assessment_title_revoked')),
    sa.CheckConstraint('agreed_by <> proposed_by', name=op.f('ck_assessment_title_second_person')),
    sa.ForeignKeyConstraint(['agreed_by'], ['member.id'], name=op.f('fk_assessment_title_agreed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_assessment_title_proposed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['revoked_by'], ['assessment.id'], name=op.f('fk_assessment_title_revoked_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_title')),
    sa.UniqueConstraint('certificate', name=op.f('uq_assessment_title_certificate'))
    )
    op.create_index('uq_assessment_title_state', 'assessment_title', ['state'], unique=True, postgresql_where=sa.text("state IN ('proposed', 'held')"))
    op.create_table('assessment_veto',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('stands', sa.Boolean(), nullable=False),
    sa.Column('curable', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_assessment_veto_assessment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_assessment_veto_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_veto'))
    )
    op.create_index(op.f('ix_assessment_veto_assessment_id'), 'assessment_veto', ['assessment_id'], unique=False)
    op.create_table('assessment_progress',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('move', sa.String(length=20), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['assessment_item.id'], name=op.f('fk_assessment_progress_item_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_assessment_progress_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_progress'))
    )
    op.create_index(op.f('ix_assessment_progress_item_id'), 'assessment_progress', ['item_id'], unique=False)
    script(op.get_bind(), "540_assessment.sql")
    op.execute(
        sa.text("""
            INSERT INTO assessment_rules (id, effective_from, said, source, set_at)
            VALUES (gen_random_uuid(), '2020-01-01', CAST(:said AS jsonb), 'docs/ASSESSMENT.md, suggested values', now())
        """).bindparams(said=SUGGESTED)
    )


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    for table in (
        "assessment_progress",
        "assessment_veto",
        "assessment_title",
        "assessment_statement",
        "assessment_sheet",
        "assessment_sample",
        "assessment_report",
        "assessment_proposal",
        "assessment_item",
        "assessment_finding",
        "assessment",
        "assessment_rules",
    ):
        op.drop_table(table)
    for function in ("keep_assessment", "keep_assessment_proposal", "keep_assessment_item", "keep_assessment_title"):
        op.execute(f"DROP FUNCTION {function}()")
