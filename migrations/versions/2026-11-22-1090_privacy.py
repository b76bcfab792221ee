"""privacy"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "fdbf48c09e8a"
down_revision = "f2c81a5b7d40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('consent',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_through', sa.String(length=20), nullable=False),
    sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_through = '')", name=op.f('ck_consent_withdrawn')),
    sa.CheckConstraint('withdrawn_at >= given_at', name=op.f('ck_consent_order')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_consent_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    op.create_index('ix_consent_member', 'consent', ['member_id', 'id'], unique=False)
    op.create_index('uq_consent_in_force', 'consent', ['member_id', 'purpose'], unique=True, postgresql_where=sa.text('withdrawn_at IS NULL'))
    op.create_table('personal_export',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('file_key', sa.String(length=67), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('fetched', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'ready') = (file_key <> '')", name=op.f('ck_personal_export_ready_has_file')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_personal_export_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_personal_export'))
    )
    op.create_index('ix_personal_export_expires_at', 'personal_export', ['expires_at'], unique=False, postgresql_where=sa.text("state <> 'gone'"))
    op.create_index('ix_personal_export_member', 'personal_export', ['member_id', 'id'], unique=False)
    op.create_index('uq_personal_export_making', 'personal_export', ['member_id'], unique=True, postgresql_where=sa.text("state = 'making'"))
    op.create_table('privacy_look',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('viewer_id', sa.Uuid(), nullable=False),
    sa.Column('viewer_role', sa.String(length=20), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('what', sa.String(length=30), nullable=False),
    sa.Column('about', sa.String(length=80), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("purpose <> ''", name=op.f('ck_privacy_look_has_a_purpose')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_privacy_look_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_privacy_look_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['viewer_id'], ['member.id'], name=op.f('fk_privacy_look_viewer_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_privacy_look'))
    )
    op.create_index('ix_privacy_look_at', 'privacy_look', ['at'], unique=False)
    op.create_index('ix_privacy_look_member', 'privacy_look', ['member_id', 'id'], unique=False, postgresql_where=sa.text('member_id IS NOT NULL'))
    op.create_index('ix_privacy_look_organisation', 'privacy_look', ['organisation_id', 'id'], unique=False)
    op.create_table('privacy_request',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('email_mark', sa.LargeBinary(length=32), nullable=True),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('zone', sa.String(length=60), nullable=False),
    sa.Column('confirm_mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('link_mark', sa.LargeBinary(length=32), nullable=True),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirm_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('target_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('extended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('extension_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('handler_id', sa.Uuid(), nullable=True),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(confirmed_at IS NULL) = (state IN ('filed', 'lapsed')) AND (confirmed_at IS NULL) = (due_at IS NULL) AND (confirmed_at IS NULL) = (target_at IS NULL) AND (confirmed_at IS NULL) = (link_mark IS NULL)", name=op.f('ck_privacy_request_confirmed')),
    sa.CheckConstraint("(decided_at IS NULL) = (state NOT IN ('granted', 'partly', 'refused')) AND (decided_at IS NULL) = (decided_by IS NULL)", name=op.f('ck_privacy_request_decided')),
    sa.CheckConstraint('decided_by <> member_id AND handler_id <> member_id', name=op.f('ck_privacy_request_not_their_own')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_privacy_request_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['handler_id'], ['member.id'], name=op.f('fk_privacy_request_handler_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_privacy_request_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_privacy_request')),
    sa.UniqueConstraint('confirm_mark', name=op.f('uq_privacy_request_confirm_mark')),
    sa.UniqueConstraint('link_mark', name=op.f('uq_privacy_request_link_mark')),
    sa.UniqueConstraint('number', name=op.f('uq_privacy_request_number'))
    )
    op.create_index('ix_privacy_request_decided', 'privacy_request', ['decided_at', 'id'], unique=False, postgresql_where=sa.text('decided_at IS NOT NULL'))
    op.create_index('ix_privacy_request_due', 'privacy_request', ['due_at', 'id'], unique=False, postgresql_where=sa.text("state IN ('open', 'taken')"))
    op.create_index('ix_privacy_request_member', 'privacy_request', ['member_id', 'id'], unique=False)
    op.create_index('ix_privacy_request_state', 'privacy_request', ['state', 'id'], unique=False)
    op.create_table('erasure',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('logs_erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(ended_at IS NULL) = (state = 'asked')", name=op.f('ck_erasure_ended')),
    sa.CheckConstraint("due_at >= asked_at + interval '7 days'", name=op.f('ck_erasure_cooling_off')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_erasure_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['request_id'], ['privacy_request.id'], name=op.f('fk_erasure_request_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    op.create_index('ix_erasure_due', 'erasure', ['due_at'], unique=False, postgresql_where=sa.text("state = 'asked'"))
    op.create_index('ix_erasure_logs', 'erasure', ['ended_at'], unique=False, postgresql_where=sa.text("state = 'done' AND logs_erased_at IS NULL"))
    op.create_index('ix_erasure_member', 'erasure', ['member_id', 'id'], unique=False)
    op.create_index('uq_erasure_asked', 'erasure', ['member_id'], unique=True, postgresql_where=sa.text("state = 'asked'"))
    script(op.get_bind(), "260_privacy.sql")


def downgrade() -> None:
    op.execute(
        "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in ("privacy_look", "erasure", "personal_export", "privacy_request", "consent"):
        op.drop_table(table)
    for function in (
        "forget_sign_ins(uuid)",
        "forget_member(uuid)",
        "member_kept_because(uuid)",
        "open_deals(uuid)",
        "keep_audit_entry()",
        "keep_erasure()",
        "keep_look()",
        "keep_privacy_request()",
        "keep_consent()",
    ):
        op.execute(f"DROP FUNCTION {function}")
