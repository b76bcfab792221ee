"""applications for the title, and the last day of a title"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import restore, script

revision = "d1a40c7e92b5"
down_revision = "f2c81a6d3e07"
branch_labels = None
depends_on = None

SUGGESTED = """{
    "parts": [
        {"code": "licence", "name_en": "Business licence", "name_zh": "营业执照", "needs": ["files"]},
        {"code": "telecom", "name_en": "ICP filing and EDI licence", "name_zh": "ICP备案和EDI许可证", "needs": ["files"]},
        {"code": "profile", "name_en": "Company profile", "name_zh": "企业简介", "needs": ["text"]},
        {"code": "team", "name_en": "Team", "name_zh": "运营团队", "needs": ["text"]},
        {"code": "plan", "name_en": "Development plan", "name_zh": "发展规划", "needs": ["text"]},
        {"code": "rules", "name_en": "Rules of the platform", "name_zh": "平台规则", "needs": ["files"]},
        {"code": "self", "name_en": "Self-assessment", "name_zh": "自评分表", "needs": ["scores"]},
        {"code": "commitments", "name_en": "Commitments", "name_zh": "承诺书", "needs": ["files"]},
        {"code": "recommendation", "name_en": "Recommendation by the authority of the demonstration enterprise",
         "name_zh": "示范企业主管部门推荐意见", "needs": ["text", "files"]}
    ],
    "weights": {"scale": 25, "growth": 15, "renewal": 5, "trust": 25, "quality": 10, "lawful": 10, "service": 10},
    "award_from": 80, "reviewers": 3, "trimmed_from": 5, "returns": 1, "completion_days": 10, "publicity_days": 7,
    "series": "KP", "name_en": "Key cross-border e-commerce platform", "name_zh": "重点跨境电子商务平台",
    "authority": "Evaluation committee", "valid_years": 3
}"""


def upgrade() -> None:
    op.add_column("assessment_title", sa.Column("valid_until", sa.Date(), nullable=True))
    op.create_table('award_rules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('said', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['set_by'], ['member.id'], name=op.f('fk_award_rules_set_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_rules'))
    )
    op.create_index('ix_award_rules_from', 'award_rules', ['effective_from', 'id'], unique=False)
    op.create_table('award_application',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('rules_id', sa.Uuid(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('digest', sa.CHAR(length=64), nullable=True),
    sa.Column('returns', sa.SmallInteger(), nullable=False),
    sa.Column('complete_by', sa.Date(), nullable=True),
    sa.Column('round', sa.SmallInteger(), nullable=False),
    sa.Column('result', sa.String(length=20), nullable=True),
    sa.Column('publicity_from', sa.Date(), nullable=True),
    sa.Column('publicity_until', sa.Date(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('title_id', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'awarded') = (title_id IS NOT NULL)", name=op.f('ck_award_application_awarded')),
    sa.CheckConstraint("(state IN ('awarded', 'rejected', 'withdrawn')) = (ended_at IS NOT NULL)", name=op.f('ck_award_application_ended')),
    sa.CheckConstraint("state <> 'publicity' OR result IS NOT NULL", name=op.f('ck_award_application_publicity')),
    sa.CheckConstraint("state <> 'returned' OR complete_by IS NOT NULL", name=op.f('ck_award_application_returned')),
    sa.CheckConstraint("state IN ('draft', 'withdrawn') OR digest IS NOT NULL", name=op.f('ck_award_application_submitted')),
    sa.CheckConstraint('(result IS NULL) = (publicity_until IS NULL)', name=op.f('ck_award_application_published')),
    sa.ForeignKeyConstraint(['opened_by'], ['member.id'], name=op.f('fk_award_application_opened_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['rules_id'], ['award_rules.id'], name=op.f('fk_award_application_rules_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['title_id'], ['assessment_title.id'], name=op.f('fk_award_application_title_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_application')),
    sa.UniqueConstraint('number', name=op.f('uq_award_application_number'))
    )
    op.create_index('ix_award_application_state', 'award_application', ['state', 'id'], unique=False)
    op.create_table('award_check',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('parts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('demonstration', sa.Boolean(), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('complete_by', sa.Date(), nullable=True),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['award_application.id'], name=op.f('fk_award_check_application_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_award_check_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_check'))
    )
    op.create_index(op.f('ix_award_check_application_id'), 'award_check', ['application_id'], unique=False)
    op.create_table('award_objection',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('objector_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('locale', sa.String(length=12), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('upheld', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name=op.f('ck_award_objection_decided')),
    sa.CheckConstraint('(objector_sealed IS NULL) = (forgotten_at IS NOT NULL)', name=op.f('ck_award_objection_forgotten')),
    sa.CheckConstraint("(state = 'upheld') = (upheld <> '')", name=op.f('ck_award_objection_upheld')),
    sa.ForeignKeyConstraint(['application_id'], ['award_application.id'], name=op.f('fk_award_objection_application_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_award_objection_decided_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_objection')),
    sa.UniqueConstraint('number', name=op.f('uq_award_objection_number'))
    )
    op.create_index('ix_award_objection_application', 'award_objection', ['application_id', 'id'], unique=False)
    op.create_table('award_part',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('scores', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['award_application.id'], name=op.f('fk_award_part_application_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_award_part_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_part'))
    )
    op.create_index('uq_award_part_code', 'award_part', ['application_id', 'code'], unique=True)
    op.create_table('award_proposal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.SmallInteger(), nullable=False),
    sa.Column('result', sa.String(length=20), nullable=False),
    sa.Column('score', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name=op.f('ck_award_proposal_decided')),
    sa.CheckConstraint('decided_by <> proposed_by', name=op.f('ck_award_proposal_second_person')),
    sa.ForeignKeyConstraint(['application_id'], ['award_application.id'], name=op.f('fk_award_proposal_application_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_award_proposal_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_award_proposal_proposed_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_proposal'))
    )
    op.create_index('ix_award_proposal_application', 'award_proposal', ['application_id', 'id'], unique=False)
    op.create_index('uq_award_proposal_open', 'award_proposal', ['application_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('award_reviewer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.SmallInteger(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('named_by', sa.Uuid(), nullable=False),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['award_application.id'], name=op.f('fk_award_reviewer_application_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_award_reviewer_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['named_by'], ['member.id'], name=op.f('fk_award_reviewer_named_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_reviewer'))
    )
    op.create_index('ix_award_reviewer_member', 'award_reviewer', ['member_id'], unique=False)
    op.create_index('uq_award_reviewer_member', 'award_reviewer', ['application_id', 'round', 'member_id'], unique=True)
    op.create_table('award_submission',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('dossier', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('digest', sa.CHAR(length=64), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['award_application.id'], name=op.f('fk_award_submission_application_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_award_submission_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_submission'))
    )
    op.create_index(op.f('ix_award_submission_application_id'), 'award_submission', ['application_id'], unique=False)
    op.create_table('award_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('objection_id', sa.Uuid(), nullable=True),
    sa.Column('part', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('content_type', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.CHAR(length=64), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(part = '') = (objection_id IS NOT NULL)", name=op.f('ck_award_file_of_one')),
    sa.ForeignKeyConstraint(['application_id'], ['award_application.id'], name=op.f('fk_award_file_application_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_award_file_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['objection_id'], ['award_objection.id'], name=op.f('fk_award_file_objection_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_file'))
    )
    op.create_index('ix_award_file_application', 'award_file', ['application_id', 'id'], unique=False)
    op.create_index('ix_award_file_objection', 'award_file', ['objection_id'], unique=False)
    op.create_table('award_sheet',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reviewer_id', sa.Uuid(), nullable=False),
    sa.Column('scores', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['reviewer_id'], ['award_reviewer.id'], name=op.f('fk_award_sheet_reviewer_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_sheet')),
    sa.UniqueConstraint('reviewer_id', name=op.f('uq_award_sheet_reviewer_id'))
    )
    script(op.get_bind(), "560_award.sql")
    op.execute(
        sa.text("""
            INSERT INTO award_rules (id, effective_from, said, source, set_at)
            VALUES (gen_random_uuid(), '2020-01-01', CAST(:said AS jsonb), 'docs/ASSESSMENT.md, suggested values', now())
        """).bindparams(said=SUGGESTED)
    )


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    for table in (
        "award_file",
        "award_submission",
        "award_sheet",
        "award_reviewer",
        "award_proposal",
        "award_part",
        "award_objection",
        "award_check",
        "award_application",
        "award_rules",
    ):
        op.drop_table(table)
    for function in ("application", "dossier", "reviewer", "proposal", "objection"):
        op.execute(f"DROP FUNCTION keep_award_{function}()")
    restore(op.get_bind(), "540_assessment.sql", "FUNCTION keep_assessment_title")
    op.drop_column("assessment_title", "valid_until")
