"""rights"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "59f1e1fe6bbc"
down_revision = "e250c4ed17f1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ip_notifier',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=True),
    sa.Column('email_mark', sa.LargeBinary(length=32), nullable=True),
    sa.Column('email_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(organisation_id IS NULL) = (email_mark IS NOT NULL)', name=op.f('ck_ip_notifier_one_of_two')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_ip_notifier_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_notifier')),
    sa.UniqueConstraint('email_mark', name=op.f('uq_ip_notifier_email_mark')),
    sa.UniqueConstraint('organisation_id', name=op.f('uq_ip_notifier_organisation_id'))
    )
    op.create_table('ip_paper',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('label', sa.String(length=8), nullable=False),
    sa.Column('part', sa.String(length=20), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=True),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_ip_paper_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_paper')),
    sa.UniqueConstraint('subject_id', 'label', name=op.f('uq_ip_paper_subject_id_label'))
    )
    op.create_table('ip_notifier_access',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('notifier_id', sa.Uuid(), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['notifier_id'], ['ip_notifier.id'], name=op.f('fk_ip_notifier_access_notifier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_notifier_access')),
    sa.UniqueConstraint('mark', name=op.f('uq_ip_notifier_access_mark'))
    )
    op.create_index(op.f('ix_ip_notifier_access_notifier_id'), 'ip_notifier_access', ['notifier_id'], unique=False)
    op.create_table('ip_right',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('notifier_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('office', sa.String(length=2), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('classes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('holder', sa.String(length=200), nullable=False),
    sa.Column('person', sa.Boolean(), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('filed_by', sa.Uuid(), nullable=True),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(decided_by IS NULL) = (state = 'submitted' OR (state = 'withdrawn' AND decided_at IS NULL))", name=op.f('ck_ip_right_decided')),
    sa.CheckConstraint("number <> '' OR kind = 'copyright'", name=op.f('ck_ip_right_numbered')),
    sa.CheckConstraint("valid_until IS NOT NULL OR kind = 'copyright'", name=op.f('ck_ip_right_dated')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_ip_right_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['filed_by'], ['member.id'], name=op.f('fk_ip_right_filed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notifier_id'], ['ip_notifier.id'], name=op.f('fk_ip_right_notifier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_right'))
    )
    op.create_index('ix_ip_right_forget', 'ip_right', ['filed_at'], unique=False, postgresql_where=sa.text('forgotten_at IS NULL'))
    op.create_index('ix_ip_right_notifier', 'ip_right', ['notifier_id', 'id'], unique=False)
    op.create_index('ix_ip_right_state', 'ip_right', ['state', 'id'], unique=False)
    op.create_index('uq_ip_right_open', 'ip_right', ['notifier_id', 'kind', 'office', 'number', 'title'], unique=True, postgresql_where=sa.text("state IN ('submitted', 'accepted')"))
    op.create_table('ip_notice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('notifier_id', sa.Uuid(), nullable=False),
    sa.Column('right_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('office', sa.String(length=2), nullable=False),
    sa.Column('right_number', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('holder', sa.String(length=200), nullable=False),
    sa.Column('person', sa.Boolean(), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.Column('measure', sa.String(length=20), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('contact_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('zone', sa.String(length=60), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('handler_id', sa.Uuid(), nullable=True),
    sa.Column('filed_by', sa.Uuid(), nullable=True),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fault', sa.String(length=20), nullable=False),
    sa.Column('fault_reason', sa.Text(), nullable=False),
    sa.Column('fault_by', sa.Uuid(), nullable=True),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(fault = '') = (fault_by IS NULL)", name=op.f('ck_ip_notice_fault')),
    sa.ForeignKeyConstraint(['fault_by'], ['member.id'], name=op.f('fk_ip_notice_fault_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['filed_by'], ['member.id'], name=op.f('fk_ip_notice_filed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['handler_id'], ['member.id'], name=op.f('fk_ip_notice_handler_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notifier_id'], ['ip_notifier.id'], name=op.f('fk_ip_notice_notifier_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['right_id'], ['ip_right.id'], name=op.f('fk_ip_notice_right_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_notice')),
    sa.UniqueConstraint('number', name=op.f('uq_ip_notice_number'))
    )
    op.create_index('ix_ip_notice_decided', 'ip_notice', ['decided_at', 'id'], unique=False, postgresql_where=sa.text('decided_at IS NOT NULL'))
    op.create_index('ix_ip_notice_last', 'ip_notice', ['last_at'], unique=False, postgresql_where=sa.text('forgotten_at IS NULL'))
    op.create_index('ix_ip_notice_notifier', 'ip_notice', ['notifier_id', 'id'], unique=False)
    op.create_index(op.f('ix_ip_notice_right_id'), 'ip_notice', ['right_id'], unique=False)
    op.create_index('ix_ip_notice_state', 'ip_notice', ['state', 'id'], unique=False)
    op.create_table('ip_counter',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('filed_by', sa.Uuid(), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(arrived_at IS NULL) = (due_at IS NULL)', name=op.f('ck_ip_counter_runs_from_arrival')),
    sa.CheckConstraint('due_at > arrived_at', name=op.f('ck_ip_counter_time')),
    sa.ForeignKeyConstraint(['filed_by'], ['member.id'], name=op.f('fk_ip_counter_filed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notice_id'], ['ip_notice.id'], name=op.f('fk_ip_counter_notice_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_ip_counter_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_counter')),
    sa.UniqueConstraint('notice_id', 'number', name=op.f('uq_ip_counter_notice_id_number'))
    )
    op.create_index('ix_ip_counter_due', 'ip_counter', ['due_at'], unique=False, postgresql_where=sa.text('settled_at IS NULL'))
    op.create_table('ip_notice_handling',
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_ip_notice_handling_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notice_id'], ['ip_notice.id'], name=op.f('fk_ip_notice_handling_notice_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('notice_id', 'member_id', name=op.f('pk_ip_notice_handling'))
    )
    op.create_table('ip_proceeding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('authority', sa.String(length=200), nullable=False),
    sa.Column('reference', sa.String(length=100), nullable=False),
    sa.Column('filed_on', sa.Date(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['notice_id'], ['ip_notice.id'], name=op.f('fk_ip_proceeding_notice_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_ip_proceeding_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_proceeding'))
    )
    op.create_index('ix_ip_proceeding_notice', 'ip_proceeding', ['notice_id', 'supplier_id'], unique=False)
    op.create_table('ip_strike',
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('point_id', sa.Uuid(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['ip_notice.id'], name=op.f('fk_ip_strike_notice_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['point_id'], ['violation_point.id'], name=op.f('fk_ip_strike_point_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_ip_strike_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('notice_id', 'supplier_id', name=op.f('pk_ip_strike'))
    )
    op.create_table('ip_notice_decision',
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('stopped', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('stopped >= 0 AND refused >= 0 AND stopped + refused > 0', name=op.f('ck_ip_notice_decision_counts')),
    sa.ForeignKeyConstraint(['notice_id', 'decided_by'], ['ip_notice_handling.notice_id', 'ip_notice_handling.member_id'], name='fk_ip_notice_decision_handling', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notice_id'], ['ip_notice.id'], name=op.f('fk_ip_notice_decision_notice_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('notice_id', name=op.f('pk_ip_notice_decision'))
    )
    op.create_table('ip_notice_item',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('notifier_id', sa.Uuid(), nullable=False),
    sa.Column('right_key', sa.String(length=300), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('origin_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('counter_id', sa.Uuid(), nullable=True),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('how', sa.String(length=20), nullable=False),
    sa.CheckConstraint("(ended_at IS NULL) = (state IN ('filed', 'stopped', 'countered', 'held'))", name=op.f('ck_ip_notice_item_ended')),
    sa.CheckConstraint("(stopped_at IS NULL) = (state IN ('filed', 'refused', 'withdrawn'))", name=op.f('ck_ip_notice_item_stopped')),
    sa.ForeignKeyConstraint(['counter_id'], ['ip_counter.id'], name=op.f('fk_ip_notice_item_counter_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notice_id'], ['ip_notice.id'], name=op.f('fk_ip_notice_item_notice_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['notifier_id'], ['ip_notifier.id'], name=op.f('fk_ip_notice_item_notifier_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_ip_notice_item_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_notice_item')),
    sa.UniqueConstraint('notice_id', 'listing_id', name=op.f('uq_ip_notice_item_notice_id_listing_id'))
    )
    op.create_index('ix_ip_notice_item_counter', 'ip_notice_item', ['counter_id'], unique=False)
    op.create_index('ix_ip_notice_item_down', 'ip_notice_item', ['listing_id'], unique=False, postgresql_where=sa.text("state IN ('stopped', 'countered', 'held', 'confirmed')"))
    op.create_index('ix_ip_notice_item_supplier', 'ip_notice_item', ['supplier_id', 'notice_id'], unique=False)
    op.create_index('uq_ip_notice_item_open', 'ip_notice_item', ['listing_id', 'notifier_id', 'right_key'], unique=True, postgresql_where=sa.text("state IN ('filed', 'stopped', 'countered', 'held')"))
    script(op.get_bind(), "230_rights.sql")


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    for table in (
        "ip_strike",
        "ip_notice_item",
        "ip_notice_decision",
        "ip_notice_handling",
        "ip_proceeding",
        "ip_counter",
        "ip_notice",
        "ip_right",
        "ip_notifier_access",
        "ip_paper",
        "ip_notifier",
    ):
        op.drop_table(table)
    for function in ("check_notice_decision", "check_notice_item", "check_counter", "check_notice"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("UPDATE product SET state = 'withdrawn' WHERE state = 'stopped'")
