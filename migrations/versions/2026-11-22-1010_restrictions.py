"""restrictions"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import restore, script

revision = "3a7d5e90c1f4"
down_revision = "d41f7a6c2e83"
branch_labels = None
depends_on = None

TABLES = ("violation_point", "restriction_appeal", "restriction_statement", "restriction", "authority_finding")
FUNCTIONS = ("bind_organisation", "keep_restriction", "keep_appeal", "keep_bound")

def upgrade() -> None:
    op.add_column(
        "organisation",
        sa.Column("bound", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )
    op.create_table('authority_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('organ', sa.String(length=200), nullable=False),
    sa.Column('document_number', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_authority_finding_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['recorded_by'], ['member.id'], name=op.f('fk_authority_finding_recorded_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authority_finding'))
    )
    op.create_index(op.f('ix_authority_finding_organisation_id'), 'authority_finding', ['organisation_id'], unique=False)
    op.create_index('uq_authority_finding_document', 'authority_finding', ['organ', 'document_number'], unique=True)
    op.create_table('restriction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('scopes', postgresql.ARRAY(sa.String(length=20)), nullable=False),
    sa.Column('days', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('rests_on', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('finding_id', sa.Uuid(), nullable=True),
    sa.Column('replaces_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('placed_by', sa.Uuid(), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agreed_by', sa.Uuid(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('review_on', sa.Date(), nullable=True),
    sa.Column('appeal_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_because', sa.Text(), nullable=False),
    sa.Column('publish_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by', sa.Uuid(), nullable=True),
    sa.Column('published_name', sa.String(length=200), nullable=False),
    sa.CheckConstraint("(ended_at IS NOT NULL) = (state NOT IN ('proposed', 'in_force')) AND (ended_because <> '' OR state IN ('proposed', 'refused') OR state IN ('in_force', 'expired'))", name=op.f('ck_restriction_ended')),
    sa.CheckConstraint("(published_at IS NULL) = (published_name = '')", name=op.f('ck_restriction_published')),
    sa.CheckConstraint("(review_on IS NOT NULL) = (kind = 'partial' AND starts_at IS NOT NULL)", name=op.f('ck_restriction_review')),
    sa.CheckConstraint("(state IN ('proposed', 'refused')) = (starts_at IS NULL)", name=op.f('ck_restriction_starts')),
    sa.CheckConstraint("CASE kind WHEN 'remind' THEN days BETWEEN 1 AND 30 WHEN 'partial' THEN days BETWEEN 1 AND 90 ELSE days IS NULL END IS TRUE", name=op.f('ck_restriction_proportion')),
    sa.CheckConstraint("CASE kind WHEN 'remind' THEN scopes = '{}' WHEN 'partial' THEN cardinality(scopes) > 0 AND scopes <@ ARRAY['publish', 'quote', 'message_first', 'receive_order', 'payout']::varchar[] ELSE scopes @> ARRAY['publish', 'quote', 'message_first', 'receive_order', 'ads', 'finance']::varchar[] AND NOT 'payout' = ANY (scopes) END", name=op.f('ck_restriction_scopes')),
    sa.CheckConstraint("agreed_by <> placed_by AND (agreed_by IS NOT NULL OR state IN ('proposed', 'refused') OR kind IN ('remind', 'partial')) IS TRUE", name=op.f('ck_restriction_two_people')),
    sa.CheckConstraint("kind IN ('remind', 'partial', 'full', 'terminated')", name=op.f('ck_restriction_kind')),
    sa.CheckConstraint('(expires_at IS NULL) = (starts_at IS NULL OR days IS NULL) AND (expires_at IS NULL OR expires_at - starts_at <= make_interval(days => days))', name=op.f('ck_restriction_expires')),
    sa.ForeignKeyConstraint(['agreed_by'], ['member.id'], name=op.f('fk_restriction_agreed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['ended_by'], ['member.id'], name=op.f('fk_restriction_ended_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['finding_id'], ['authority_finding.id'], name=op.f('fk_restriction_finding_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_restriction_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['placed_by'], ['member.id'], name=op.f('fk_restriction_placed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['published_by'], ['member.id'], name=op.f('fk_restriction_published_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['read_by'], ['member.id'], name=op.f('fk_restriction_read_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['replaces_id'], ['restriction.id'], name=op.f('fk_restriction_replaces_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_restriction')),
    sa.UniqueConstraint('finding_id', name=op.f('uq_restriction_finding_id')),
    sa.UniqueConstraint('replaces_id', name=op.f('uq_restriction_replaces_id'))
    )
    op.create_index('ix_restriction_expires', 'restriction', ['expires_at'], unique=False, postgresql_where=sa.text("state = 'in_force'"))
    op.create_index('ix_restriction_organisation', 'restriction', ['organisation_id', 'id'], unique=False)
    op.create_index('ix_restriction_publish', 'restriction', ['publish_by'], unique=False, postgresql_where=sa.text('published_at IS NULL'))
    op.create_index('ix_restriction_published', 'restriction', ['published_at'], unique=False, postgresql_where=sa.text('published_at IS NOT NULL'))
    op.create_index('ix_restriction_review', 'restriction', ['review_on'], unique=False, postgresql_where=sa.text("state = 'in_force'"))
    op.create_index('ix_restriction_state', 'restriction', ['state', 'id'], unique=False)
    op.create_table('restriction_statement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('restriction_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_restriction_statement_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['restriction_id'], ['restriction.id'], name=op.f('fk_restriction_statement_restriction_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_restriction_statement'))
    )
    op.create_index(op.f('ix_restriction_statement_restriction_id'), 'restriction_statement', ['restriction_id'], unique=False)
    op.create_table('restriction_appeal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('restriction_id', sa.Uuid(), nullable=False),
    sa.Column('statement_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.CheckConstraint("(state = 'filed') = (decided_by IS NULL) AND (state = 'filed') = (decided_at IS NULL) AND (state = 'filed') = (outcome = '')", name=op.f('ck_restriction_appeal_decided')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_restriction_appeal_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['restriction_id'], ['restriction.id'], name=op.f('fk_restriction_appeal_restriction_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['statement_id'], ['restriction_statement.id'], name=op.f('fk_restriction_appeal_statement_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_restriction_appeal')),
    sa.UniqueConstraint('restriction_id', name=op.f('uq_restriction_appeal_restriction_id'))
    )
    op.create_table('violation_point',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('breach', sa.String(length=30), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('proposes', sa.String(length=20), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('given_by', sa.Uuid(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('points > 0', name=op.f('ck_violation_point_points')),
    sa.ForeignKeyConstraint(['given_by'], ['member.id'], name=op.f('fk_violation_point_given_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_violation_point_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_violation_point'))
    )
    op.create_index('ix_violation_point_organisation', 'violation_point', ['organisation_id', 'given_at'], unique=False)

    script(op.get_bind(), "180_restrictions.sql")


def downgrade() -> None:
    restore(op.get_bind(), "140_retention.sql", "VIEW kept_file")
    op.execute("DROP TRIGGER keep_bound ON organisation")
    op.execute("DROP TRIGGER unbound_at_first ON organisation")
    for table in TABLES:
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_column("organisation", "bound")
