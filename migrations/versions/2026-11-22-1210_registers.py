"""registers"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "b62f0d4e9a17"
down_revision = "d6f08b2c9e14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('authority_request',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('organ', sa.String(length=200), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('document_number', sa.String(length=120), nullable=False),
    sa.Column('basis', sa.String(length=400), nullable=False),
    sa.Column('asked', sa.Text(), nullable=False),
    sa.Column('about', sa.Text(), nullable=False),
    sa.Column('letter', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('secret', sa.Boolean(), nullable=False),
    sa.Column('tell_after', sa.Date(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('handler_id', sa.Uuid(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state IN ('answered', 'partly', 'refused')) = (ended_at IS NOT NULL)", name=op.f('ck_authority_request_ended')),
    sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f('ck_authority_request_country')),
    sa.CheckConstraint('secret = (tell_after IS NOT NULL)', name=op.f('ck_authority_request_told_later')),
    sa.ForeignKeyConstraint(['entered_by'], ['member.id'], name=op.f('fk_authority_request_entered_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['handler_id'], ['member.id'], name=op.f('fk_authority_request_handler_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authority_request')),
    sa.UniqueConstraint('number', name=op.f('uq_authority_request_number'))
    )
    op.create_index('ix_authority_request_over', 'authority_request', ['ended_at'], unique=False, postgresql_where=sa.text('forgotten_at IS NULL'))
    op.create_index('ix_authority_request_received', 'authority_request', ['received_at'], unique=False)
    op.create_index('ix_authority_request_state', 'authority_request', ['state', 'id'], unique=False)
    op.create_table('company_notice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('(read_at IS NULL) = (read_by IS NULL)', name=op.f('ck_company_notice_read')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_company_notice_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['read_by'], ['member.id'], name=op.f('fk_company_notice_read_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_company_notice'))
    )
    op.create_index('ix_company_notice_organisation', 'company_notice', ['organisation_id', 'id'], unique=False)
    op.create_index('ix_company_notice_unread', 'company_notice', ['organisation_id'], unique=False, postgresql_where=sa.text('read_at IS NULL'))
    op.create_index('uq_company_notice_subject', 'company_notice', ['subject_type', 'subject_id', 'organisation_id'], unique=True)
    op.create_table('incident',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('drill', sa.Boolean(), nullable=False),
    sa.Column('nature', sa.String(length=20), nullable=False),
    sa.Column('grade', sa.String(length=20), nullable=False),
    sa.Column('harm', sa.String(length=20), nullable=False),
    sa.Column('personal', sa.Boolean(), nullable=False),
    sa.Column('in_cn', sa.Boolean(), nullable=False),
    sa.Column('in_eu', sa.Boolean(), nullable=False),
    sa.Column('crime', sa.Boolean(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('happened', sa.Text(), nullable=False),
    sa.Column('consequences', sa.Text(), nullable=False),
    sa.Column('measures', sa.Text(), nullable=False),
    sa.Column('purposes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('companies', sa.Integer(), nullable=False),
    sa.Column('records', sa.BigInteger(), nullable=False),
    sa.Column('loss_minor', sa.BigInteger(), nullable=True),
    sa.Column('loss_currency', sa.CHAR(length=3), nullable=True),
    sa.Column('detected_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reported_by', sa.Uuid(), nullable=False),
    sa.Column('assessed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('dismissed_by', sa.Uuid(), nullable=True),
    sa.Column('contained_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'dismissed') = (dismissed_by IS NOT NULL)", name=op.f('ck_incident_dismissed')),
    sa.CheckConstraint("(state IN ('closed', 'dismissed')) = (ended_at IS NOT NULL)", name=op.f('ck_incident_ended')),
    sa.CheckConstraint("loss_currency = 'CNY' AND loss_minor >= 0", name=op.f('ck_incident_loss_in_yuan')),
    sa.CheckConstraint("state <> 'contained' AND state <> 'closed' OR contained_at IS NOT NULL", name=op.f('ck_incident_contained')),
    sa.CheckConstraint('(loss_minor IS NULL) = (loss_currency IS NULL)', name=op.f('ck_incident_loss')),
    sa.CheckConstraint('detected_at <= reported_at', name=op.f('ck_incident_order')),
    sa.CheckConstraint('dismissed_by <> reported_by', name=op.f('ck_incident_second_person')),
    sa.CheckConstraint('people >= 0 AND companies >= 0 AND records >= 0', name=op.f('ck_incident_counts')),
    sa.ForeignKeyConstraint(['dismissed_by'], ['member.id'], name=op.f('fk_incident_dismissed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['reported_by'], ['member.id'], name=op.f('fk_incident_reported_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident')),
    sa.UniqueConstraint('number', name=op.f('uq_incident_number'))
    )
    op.create_index('ix_incident_detected', 'incident', ['detected_at'], unique=False, postgresql_where=sa.text('NOT drill'))
    op.create_index('ix_incident_over', 'incident', ['ended_at'], unique=False, postgresql_where=sa.text('forgotten_at IS NULL'))
    op.create_index(op.f('ix_incident_reported_by'), 'incident', ['reported_by'], unique=False)
    op.create_index('ix_incident_state', 'incident', ['state', 'id'], unique=False)
    op.create_table('authority_approval',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('organ', sa.String(length=200), nullable=False),
    sa.Column('document_number', sa.String(length=120), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('file', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'entered') = (decided_by IS NULL)", name=op.f('ck_authority_approval_decided')),
    sa.CheckConstraint('decided_by <> entered_by', name=op.f('ck_authority_approval_second_person')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_authority_approval_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['entered_by'], ['member.id'], name=op.f('fk_authority_approval_entered_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['request_id'], ['authority_request.id'], name=op.f('fk_authority_approval_request_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authority_approval'))
    )
    op.create_index('ix_authority_approval_request', 'authority_approval', ['request_id', 'id'], unique=False)
    op.create_table('authority_package',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('scope', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('file_key', sa.String(length=67), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('sent_digest', sa.String(length=64), nullable=False),
    sa.Column('sent_key', sa.String(length=67), nullable=False),
    sa.Column('composed_by', sa.Uuid(), nullable=False),
    sa.Column('composed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('given_to', sa.Uuid(), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'composed') = (decided_by IS NULL)", name=op.f('ck_authority_package_decided')),
    sa.CheckConstraint("(state = 'given') = (given_to IS NOT NULL AND given_at IS NOT NULL)", name=op.f('ck_authority_package_given')),
    sa.CheckConstraint('decided_by <> composed_by', name=op.f('ck_authority_package_second_person')),
    sa.ForeignKeyConstraint(['composed_by'], ['member.id'], name=op.f('fk_authority_package_composed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_authority_package_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['given_to'], ['member.id'], name=op.f('fk_authority_package_given_to'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['request_id'], ['authority_request.id'], name=op.f('fk_authority_package_request_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authority_package'))
    )
    op.create_index('ix_authority_package_kept', 'authority_package', ['composed_at'], unique=False, postgresql_where=sa.text("file_key <> ''"))
    op.create_index('ix_authority_package_request', 'authority_package', ['request_id', 'id'], unique=False)
    op.create_table('incident_company',
    sa.Column('incident_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], name=op.f('fk_incident_company_incident_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_incident_company_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('incident_id', 'organisation_id', name=op.f('pk_incident_company'))
    )
    op.create_table('incident_duty',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('incident_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.Uuid(), nullable=True),
    sa.Column('recipient', sa.String(length=200), nullable=False),
    sa.Column('reference', sa.String(length=120), nullable=False),
    sa.Column('file', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('delay', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('agreed_by', sa.Uuid(), nullable=True),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('alarm_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('alarmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL AND done_by IS NOT NULL)", name=op.f('ck_incident_duty_done')),
    sa.CheckConstraint("(state = 'waived') = (agreed_by IS NOT NULL AND agreed_at IS NOT NULL)", name=op.f('ck_incident_duty_agreed')),
    sa.CheckConstraint("(state IN ('proposed', 'waived')) <= (proposed_by IS NOT NULL AND reason <> '')", name=op.f('ck_incident_duty_proposed')),
    sa.CheckConstraint("state <> 'done' OR done_at <= due_at OR delay <> ''", name=op.f('ck_incident_duty_late_says_why')),
    sa.CheckConstraint("state <> 'done' OR reference <> ''", name=op.f('ck_incident_duty_done_has_reference')),
    sa.CheckConstraint('agreed_by <> proposed_by', name=op.f('ck_incident_duty_second_person')),
    sa.ForeignKeyConstraint(['agreed_by'], ['member.id'], name=op.f('fk_incident_duty_agreed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['done_by'], ['member.id'], name=op.f('fk_incident_duty_done_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], name=op.f('fk_incident_duty_incident_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_incident_duty_proposed_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident_duty'))
    )
    op.create_index('ix_incident_duty_alarm', 'incident_duty', ['alarm_at'], unique=False, postgresql_where=sa.text("state IN ('due', 'proposed') AND alarmed_at IS NULL"))
    op.create_index('ix_incident_duty_due', 'incident_duty', ['due_at'], unique=False, postgresql_where=sa.text("state IN ('due', 'proposed')"))
    op.create_index('uq_incident_duty_kind', 'incident_duty', ['incident_id', 'kind'], unique=True)
    op.create_table('incident_notice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('incident_id', sa.Uuid(), nullable=False),
    sa.Column('everybody', sa.Boolean(), nullable=False),
    sa.Column('companies', sa.Integer(), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('title_zh', sa.String(length=200), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('sent_by', sa.Uuid(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], name=op.f('fk_incident_notice_incident_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['sent_by'], ['member.id'], name=op.f('fk_incident_notice_sent_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident_notice'))
    )
    op.create_index('ix_incident_notice_incident', 'incident_notice', ['incident_id', 'id'], unique=False)
    op.create_table('notice_letter',
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_notice_letter_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notice_id'], ['company_notice.id'], name=op.f('fk_notice_letter_notice_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('notice_id', 'member_id', name=op.f('pk_notice_letter'))
    )
    op.create_table('authority_telling',
    sa.Column('package_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('tell_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_authority_telling_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['package_id'], ['authority_package.id'], name=op.f('fk_authority_telling_package_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('package_id', 'organisation_id', name=op.f('pk_authority_telling'))
    )
    op.create_index('ix_authority_telling_due', 'authority_telling', ['tell_at'], unique=False, postgresql_where=sa.text('told_at IS NULL'))
    script(op.get_bind(), "300_registers.sql")


def downgrade() -> None:
    for _part in range(5):
        script(op.get_bind(), "kept_file_down.sql")
    for table in (
        "authority_telling",
        "notice_letter",
        "incident_notice",
        "incident_duty",
        "incident_company",
        "authority_package",
        "authority_approval",
        "incident",
        "company_notice",
        "authority_request",
    ):
        op.drop_table(table)
    for function in (
        "keep_incident()",
        "keep_incident_duty()",
        "keep_company_notice()",
        "authority_stopped(uuid)",
        "keep_authority_request()",
        "keep_authority_approval()",
        "keep_authority_package()",
        "keep_authority_telling()",
    ):
        op.execute(f"DROP FUNCTION {function}")
