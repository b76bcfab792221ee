"""leaving: companies that leave, and the rules that bind a deal"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import restore, script

revision = "c4a8f07e21b9"
down_revision = "b62f0d4e9a17"
branch_labels = None
depends_on = None

IN_FORCE = """
    SELECT coalesce(jsonb_object_agg(v.code, v.number), '{}') FROM (
        SELECT DISTINCT ON (code) code, number FROM rule_version
         WHERE state = 'published' AND effective_from <= c.rules_on
         ORDER BY code, effective_from DESC) AS v
"""
"""Deals made before keep the rules of the day on which their first contract took effect, or was drawn up."""


def upgrade() -> None:
    op.create_table('departure',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('change_id', sa.Uuid(), nullable=True),
    sa.Column('rules', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('announced_by', sa.Uuid(), nullable=False),
    sa.Column('announced_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("closes_at >= announced_at + interval '30 days'", name=op.f('ck_departure_notice')),
    sa.CheckConstraint("(ended_at IS NULL) = (state = 'announced')", name=op.f('ck_departure_ended')),
    sa.CheckConstraint("state <> 'left' OR ended_at >= closes_at", name=op.f('ck_departure_not_before')),
    sa.CheckConstraint("(ended_by IS NOT NULL) = (state = 'withdrawn')", name=op.f('ck_departure_who_ended')),
    sa.ForeignKeyConstraint(['announced_by'], ['member.id'], name=op.f('fk_departure_announced_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['change_id'], ['rule_version.id'], name=op.f('fk_departure_change_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['ended_by'], ['member.id'], name=op.f('fk_departure_ended_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_departure_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_departure'))
    )
    op.create_index('ix_departure_due', 'departure', ['closes_at'], unique=False, postgresql_where=sa.text("state = 'announced'"))
    op.create_index('ix_departure_organisation', 'departure', ['organisation_id', 'id'], unique=False)
    op.create_index('ix_departure_state', 'departure', ['state', 'id'], unique=False)
    op.create_index('uq_departure_standing', 'departure', ['organisation_id'], unique=True, postgresql_where=sa.text("state <> 'withdrawn'"))
    op.add_column('organisation', sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('organisation', sa.Column('left_at', sa.DateTime(timezone=True), nullable=True))
    empty = sa.text("'{}'")
    op.add_column('contract', sa.Column('rules', postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=empty))
    op.add_column('contract', sa.Column('rules_on', sa.Date(), nullable=True))
    op.add_column('case_file', sa.Column('rules', postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=empty))
    op.execute("""
        UPDATE contract c SET rules_on = (
            SELECT (coalesce(f.effective_at, f.created_at) AT TIME ZONE 'UTC')::date FROM contract f
             WHERE f.inquiry_id = c.inquiry_id AND f.amends_id IS NULL ORDER BY f.id LIMIT 1)
    """)
    op.execute(f"UPDATE contract c SET rules = ({IN_FORCE})")
    op.execute("""
        UPDATE case_file f SET rules = c.rules FROM orders o JOIN contract c ON c.id = o.contract_id
         WHERE (f.subject_type, f.subject_id) = ('order', o.id)
    """)
    op.alter_column('contract', 'rules_on', nullable=False)
    op.alter_column('contract', 'rules', server_default=None)
    op.alter_column('case_file', 'rules', server_default=None)
    script(op.get_bind(), "310_leaving.sql")


def downgrade() -> None:
    for trigger, table in (
        ("keep_rules", "contract"),
        ("keep_rules", "case_file"),
        ("keep_leaving", "organisation"),
        ("here_at_first", "organisation"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.drop_table('departure')
    op.drop_column('case_file', 'rules')
    op.drop_column('contract', 'rules_on')
    op.drop_column('contract', 'rules')
    op.drop_column('organisation', 'left_at')
    op.drop_column('organisation', 'closes_at')
    for function in ("keep_rules()", "keep_departure()", "follow_departure()", "keep_leaving()"):
        op.execute(f"DROP FUNCTION {function}")
    restore(op.get_bind(), "220_verification.sql", "FUNCTION forget_unheld")
