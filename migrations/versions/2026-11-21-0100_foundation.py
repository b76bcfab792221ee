"""foundation"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from app.migrations import drop_functions, script

revision = 'e1d04b5665d6'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    script(op.get_bind(), '00_ground.sql')
    op.create_table('account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('currency', sa.CHAR(length=3), nullable=False),
    sa.Column('owner_type', sa.String(length=40), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('side', sa.SmallInteger(), nullable=False),
    sa.Column('floor_zero', sa.Boolean(), nullable=False),
    sa.Column('hot', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("floor_zero = (kind IN ('escrow', 'escrow_frozen', 'payable', 'receivable', 'refund_due', 'reserve'))", name=op.f('ck_account_floor_zero')),
    sa.CheckConstraint('hot = NOT floor_zero', name=op.f('ck_account_hot')),
    sa.CheckConstraint('side IN (-1, 1)', name=op.f('ck_account_side')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('code', 'currency', name='uq_account_code'),
    sa.UniqueConstraint('id', 'currency', name='uq_account_currency')
    )
    op.create_index(op.f('ix_account_kind'), 'account', ['kind'], unique=False)
    op.create_index('ix_account_owner', 'account', ['owner_type', 'owner_id'], unique=False)
    op.create_table('event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    op.create_index(op.f('ix_event_name'), 'event', ['name'], unique=False)
    op.create_table('evidence_link',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('canonical', sa.Text(), nullable=False),
    sa.Column('actor', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('previous', sa.LargeBinary(length=32), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence_link'))
    )
    op.create_index('uq_evidence_link_subject_seq', 'evidence_link', ['subject_type', 'subject_id', 'seq'], unique=True)
    op.create_table('hs_code',
    sa.Column('code', sa.String(length=6), nullable=False),
    sa.Column('version', sa.CHAR(length=4), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('parent', sa.String(length=6), nullable=False),
    sa.PrimaryKeyConstraint('code', 'version', name=op.f('pk_hs_code'))
    )
    op.create_table('idempotency_key',
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('route', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('location', sa.String(length=2000), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('scope', 'route', 'key', name=op.f('pk_idempotency_key'))
    )
    op.create_table('job',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('arguments', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=True),
    sa.Column('run_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('dead_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sa.UniqueConstraint('key', name=op.f('uq_job_key'))
    )
    op.create_index('ix_job_dead', 'job', ['dead_at'], unique=False, postgresql_where=sa.text('dead_at IS NOT NULL'))
    op.create_index('ix_job_due', 'job', ['run_at'], unique=False, postgresql_where=sa.text('done_at IS NULL AND dead_at IS NULL'))
    op.create_table('journal_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('request_hash', sa.CHAR(length=64), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('actor', sa.Uuid(), nullable=True),
    sa.Column('subject_type', sa.String(length=40), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('part_id', sa.Uuid(), nullable=True),
    sa.Column('contract_hash', sa.String(length=64), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_in', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_journal_entry')),
    sa.UniqueConstraint('key', name=op.f('uq_journal_entry_key'))
    )
    op.create_index('ix_journal_entry_subject', 'journal_entry', ['subject_type', 'subject_id', 'id'], unique=False)
    op.create_table('organisation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('name_original', sa.String(length=200), nullable=False),
    sa.Column('name_latin', sa.String(length=200), nullable=False),
    sa.Column('country', sa.CHAR(length=2), nullable=False),
    sa.Column('registration_kind', sa.String(length=20), nullable=False),
    sa.Column('registration_number', sa.String(length=40), nullable=False),
    sa.Column('lei', sa.String(length=20), nullable=False),
    sa.Column('address', sa.String(length=400), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('website', sa.String(length=200), nullable=False),
    sa.Column('description', sa.String(length=2000), nullable=False),
    sa.Column('buys', sa.Boolean(), nullable=False),
    sa.Column('sells', sa.Boolean(), nullable=False),
    sa.Column('is_platform', sa.Boolean(), nullable=False),
    sa.Column('level', sa.SmallInteger(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f('ck_organisation_country')),
    sa.CheckConstraint('level BETWEEN 0 AND 3', name=op.f('ck_organisation_level')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation')),
    sa.UniqueConstraint('slug', name=op.f('uq_organisation_slug'))
    )
    op.create_index('ix_organisation_name_trgm', 'organisation', ['name_latin'], unique=False, postgresql_using='gin', postgresql_ops={'name_latin': 'gin_trgm_ops'})
    op.create_index('uq_organisation_registration', 'organisation', ['country', 'registration_kind', 'registration_number'], unique=True)
    op.create_table('product_search',
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(length=60), nullable=False),
    sa.Column('country', sa.CHAR(length=2), nullable=False),
    sa.Column('currency', sa.CHAR(length=3), nullable=False),
    sa.Column('price_low', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('price_high', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('moq', sa.Numeric(precision=18, scale=3), nullable=False),
    sa.Column('incoterms', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('certificates', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('traits', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('title_en', sa.Text(), nullable=False),
    sa.Column('title_zh', sa.Text(), nullable=False),
    sa.Column('body_en', sa.Text(), nullable=False),
    sa.Column('body_zh', sa.Text(), nullable=False),
    sa.Column('document', postgresql.TSVECTOR(), nullable=False),
    sa.PrimaryKeyConstraint('generation', 'product_id', name=op.f('pk_product_search'))
    )
    op.create_index('ix_product_search_category', 'product_search', ['generation', 'category', 'published_at'], unique=False)
    op.create_index('ix_product_search_document', 'product_search', ['document'], unique=False, postgresql_using='gin')
    op.create_index('ix_product_search_moq', 'product_search', ['generation', 'moq', 'product_id'], unique=False)
    op.create_index('ix_product_search_newest', 'product_search', ['generation', 'published_at', 'product_id'], unique=False)
    op.create_index('ix_product_search_price', 'product_search', ['generation', 'price_low', 'product_id'], unique=False)
    op.create_index('ix_product_search_traits', 'product_search', ['traits'], unique=False, postgresql_using='gin')
    op.create_table('rate_window',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('window', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('key', 'window', name=op.f('pk_rate_window')),
    prefixes=['UNLOGGED']
    )
    op.create_table('registration',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('company', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration')),
    sa.UniqueConstraint('mark', name=op.f('uq_registration_mark'))
    )
    op.create_table('search_generation',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('changes', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_search_generation'))
    )
    op.create_index('uq_search_generation_building', 'search_generation', ['live'], unique=True, postgresql_where=sa.text('NOT live'))
    op.create_index('uq_search_generation_live', 'search_generation', ['live'], unique=True, postgresql_where=sa.text('live'))
    op.create_table('search_word',
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('word', sa.String(length=60), nullable=False),
    sa.PrimaryKeyConstraint('generation', 'word', name=op.f('pk_search_word'))
    )
    op.create_index('ix_search_word_trgm', 'search_word', ['word'], unique=False, postgresql_using='gin', postgresql_ops={'word': 'gin_trgm_ops'})
    op.create_table('state_change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('move', sa.String(length=40), nullable=False),
    sa.Column('from_state', sa.String(length=40), nullable=False),
    sa.Column('to_state', sa.String(length=40), nullable=False),
    sa.Column('actor', sa.Uuid(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_state_change'))
    )
    op.create_index('ix_state_change_subject', 'state_change', ['subject_type', 'subject_id', 'id'], unique=False)
    op.create_table('webhook_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('event_id', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('object_kind', sa.String(length=20), nullable=False),
    sa.Column('object_id', sa.String(length=255), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_event'))
    )
    op.create_index('uq_webhook_event_provider', 'webhook_event', ['provider', 'event_id'], unique=True)
    op.create_table('audit_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_audit_entry_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index('ix_audit_entry_organisation', 'audit_entry', ['organisation_id', 'id'], unique=False)
    op.create_table('balance',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.SmallInteger(), nullable=False),
    sa.Column('floor_zero', sa.Boolean(), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('NOT floor_zero OR minor * side >= 0', name=op.f('ck_balance_floor')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_balance_account_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_balance'))
    )
    op.create_table('escrow',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('buyer_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.CHAR(length=3), nullable=False),
    sa.Column('contract_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('buyer_id <> supplier_id', name=op.f('ck_escrow_parties')),
    sa.ForeignKeyConstraint(['buyer_id'], ['organisation.id'], name=op.f('fk_escrow_buyer_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_escrow_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escrow')),
    sa.UniqueConstraint('subject_type', 'subject_id', name='uq_escrow_subject')
    )
    op.create_index(op.f('ix_escrow_buyer_id'), 'escrow', ['buyer_id'], unique=False)
    op.create_index(op.f('ix_escrow_supplier_id'), 'escrow', ['supplier_id'], unique=False)
    op.create_table('member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('email_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('roles', postgresql.ARRAY(sa.String(length=20)), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('zone', sa.String(length=40), nullable=False),
    sa.Column('totp_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('totp_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('totp_last_step', sa.Integer(), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_member_email_lower')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_member_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_member'))
    )
    op.create_index(op.f('ix_member_organisation_id'), 'member', ['organisation_id'], unique=False)
    op.create_index('uq_member_email', 'member', ['email'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('picture_file',
    sa.Column('key', sa.String(length=67), nullable=False),
    sa.Column('content_type', sa.String(length=40), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('stored_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_picture_file_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_picture_file'))
    )
    op.create_table('posting',
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.SmallInteger(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.CheckConstraint('amount_minor <> 0', name=op.f('ck_posting_amount')),
    sa.ForeignKeyConstraint(['account_id', 'amount_currency'], ['account.id', 'account.currency'], name='fk_posting_account', ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['entry_id'], ['journal_entry.id'], name=op.f('fk_posting_entry_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('entry_id', 'number', name=op.f('pk_posting'))
    )
    op.create_index('ix_posting_account', 'posting', ['account_id', 'entry_id'], unique=False)
    op.create_table('product',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=True),
    sa.Column('category', sa.String(length=60), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('card', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'published' OR (card IS NOT NULL AND published_at IS NOT NULL)", name=op.f('ck_product_published')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_product_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product')),
    sa.UniqueConstraint('organisation_id', 'reference', name=op.f('uq_product_organisation_id_reference'))
    )
    op.create_index('ix_product_category_published', 'product', ['category', 'published_at'], unique=False, postgresql_where=sa.text("state = 'published'"))
    op.create_index('ix_product_organisation_state', 'product', ['organisation_id', 'state', 'id'], unique=False)
    op.create_table('api_key',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('label', sa.String(length=80), nullable=False),
    sa.Column('hint', sa.String(length=16), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('scopes', postgresql.ARRAY(sa.String(length=30)), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_api_key_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('mark', name=op.f('uq_api_key_mark'))
    )
    op.create_index(op.f('ix_api_key_member_id'), 'api_key', ['member_id'], unique=False)
    op.create_table('bank_account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('scheme', sa.String(length=10), nullable=False),
    sa.Column('currency', sa.CHAR(length=3), nullable=False),
    sa.Column('country', sa.CHAR(length=2), nullable=False),
    sa.Column('holder', sa.String(length=200), nullable=False),
    sa.Column('bank_code', sa.String(length=12), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('masked', sa.String(length=40), nullable=False),
    sa.Column('added_by', sa.Uuid(), nullable=False),
    sa.Column('usable_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("scheme IN ('iban', 'cnaps')", name=op.f('ck_bank_account_scheme')),
    sa.ForeignKeyConstraint(['added_by'], ['member.id'], name=op.f('fk_bank_account_added_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_bank_account_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_account'))
    )
    op.create_index(op.f('ix_bank_account_organisation_id'), 'bank_account', ['organisation_id'], unique=False)
    op.create_table('connected_account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('country', sa.CHAR(length=2), nullable=False),
    sa.Column('provider_ref', sa.String(length=255), nullable=False),
    sa.Column('can_receive', sa.Boolean(), nullable=False),
    sa.Column('can_pay_out', sa.Boolean(), nullable=False),
    sa.Column('missing', postgresql.ARRAY(sa.String(length=120)), nullable=False),
    sa.Column('onboarding_url', sa.Text(), nullable=False),
    sa.Column('failure', sa.Text(), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['opened_by'], ['member.id'], name=op.f('fk_connected_account_opened_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_connected_account_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_connected_account')),
    sa.UniqueConstraint('organisation_id', 'provider', name='uq_connected_account_organisation')
    )
    op.create_index(op.f('ix_connected_account_organisation_id'), 'connected_account', ['organisation_id'], unique=False)
    op.create_table('escrow_milestone',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('escrow_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), nullable=False),
    sa.Column('fee_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('reference', sa.String(length=25), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_escrow_milestone_amount')),
    sa.CheckConstraint('fee_minor BETWEEN 0 AND amount_minor AND fee_currency = amount_currency', name=op.f('ck_escrow_milestone_fee')),
    sa.ForeignKeyConstraint(['escrow_id'], ['escrow.id'], name=op.f('fk_escrow_milestone_escrow_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escrow_milestone')),
    sa.UniqueConstraint('escrow_id', 'position', name='uq_escrow_milestone_position'),
    sa.UniqueConstraint('reference', name=op.f('uq_escrow_milestone_reference'))
    )
    op.create_table('invitation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('invited_by', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('roles', postgresql.ARRAY(sa.String(length=20)), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['invited_by'], ['member.id'], name=op.f('fk_invitation_invited_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_invitation_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('mark', name=op.f('uq_invitation_mark'))
    )
    op.create_index(op.f('ix_invitation_invited_by'), 'invitation', ['invited_by'], unique=False)
    op.create_index(op.f('ix_invitation_organisation_id'), 'invitation', ['organisation_id'], unique=False)
    op.create_table('ledger_proof',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('holds', sa.Boolean(), nullable=False),
    sa.Column('invariants', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('run_by', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['run_by'], ['member.id'], name=op.f('fk_ledger_proof_run_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_proof'))
    )
    op.create_table('one_time_token',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_one_time_token_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_token')),
    sa.UniqueConstraint('mark', name=op.f('uq_one_time_token_mark'))
    )
    op.create_index(op.f('ix_one_time_token_member_id'), 'one_time_token', ['member_id'], unique=False)
    op.create_table('operation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('provider_key', sa.String(length=120), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('part_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('method', sa.String(length=80), nullable=False),
    sa.Column('reference', sa.String(length=80), nullable=False),
    sa.Column('parent_ref', sa.String(length=255), nullable=False),
    sa.Column('source_ref', sa.String(length=255), nullable=False),
    sa.Column('provider_ref', sa.String(length=255), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('escalated_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_operation_amount')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_operation_created_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operation')),
    sa.UniqueConstraint('provider_key', name=op.f('uq_operation_provider_key'))
    )
    op.create_index('ix_operation_open', 'operation', ['created_at'], unique=False, postgresql_where=sa.text("state IN ('planned', 'sent', 'unknown')"))
    op.create_index('ix_operation_part', 'operation', ['part_id', 'kind'], unique=False)
    op.create_index('ix_operation_ref', 'operation', ['provider', 'provider_ref'], unique=False)
    op.create_index('uq_operation_open_part', 'operation', ['part_id', 'kind'], unique=True, postgresql_where=sa.text("state IN ('planned', 'sent', 'unknown')"))
    op.create_table('product_import',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('file_key', sa.String(length=67), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('send', sa.Boolean(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('wrong', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('errors', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_product_import_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_product_import_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_import'))
    )
    op.create_index('ix_product_import_organisation', 'product_import', ['organisation_id', 'id'], unique=False)
    op.create_table('product_revision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('saved_by', sa.Uuid(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_product_revision_product_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['saved_by'], ['member.id'], name=op.f('fk_product_revision_saved_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_revision')),
    sa.UniqueConstraint('product_id', 'number', name=op.f('uq_product_revision_product_id_number'))
    )
    op.create_index('uq_product_revision_draft', 'product_revision', ['product_id'], unique=True, postgresql_where=sa.text("state = 'draft'"))
    op.create_index('uq_product_revision_live', 'product_revision', ['product_id'], unique=True, postgresql_where=sa.text("state = 'live'"))
    op.create_index('uq_product_revision_submitted', 'product_revision', ['product_id'], unique=True, postgresql_where=sa.text("state = 'submitted'"))
    op.create_table('recovery_code',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_recovery_code_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code'))
    )
    op.create_index(op.f('ix_recovery_code_member_id'), 'recovery_code', ['member_id'], unique=False)
    op.create_table('review',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_by', sa.Uuid(), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verdict', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['claimed_by'], ['member.id'], name=op.f('fk_review_claimed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_review_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_review_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review'))
    )
    op.create_index(op.f('ix_review_organisation_id'), 'review', ['organisation_id'], unique=False)
    op.create_index('ix_review_queue', 'review', ['state', 'due_at'], unique=False)
    op.create_index('uq_review_pending_subject', 'review', ['subject_type', 'subject_id'], unique=True, postgresql_where=sa.text("state IN ('open', 'claimed')"))
    op.create_table('rfq',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('buyer_id', sa.Uuid(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('category', sa.String(length=60), nullable=False),
    sa.Column('sealed', sa.Boolean(), nullable=False),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['buyer_id'], ['organisation.id'], name=op.f('fk_rfq_buyer_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_rfq_created_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rfq'))
    )
    op.create_index(op.f('ix_rfq_buyer_id'), 'rfq', ['buyer_id'], unique=False)
    op.create_table('session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('user_agent', sa.String(length=300), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('device', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stepped_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_session_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session')),
    sa.UniqueConstraint('mark', name=op.f('uq_session_mark'))
    )
    op.create_index(op.f('ix_session_member_id'), 'session', ['member_id'], unique=False)
    op.create_table('verification_request',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('submitted_by', sa.Uuid(), nullable=False),
    sa.Column('claims', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('representative_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('documents', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('verdicts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_verification_request_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['submitted_by'], ['member.id'], name=op.f('fk_verification_request_submitted_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification_request'))
    )
    op.create_index(op.f('ix_verification_request_organisation_id'), 'verification_request', ['organisation_id'], unique=False)
    op.create_index('uq_verification_request_pending', 'verification_request', ['organisation_id'], unique=True, postgresql_where=sa.text("state = 'submitted'"))
    op.create_table('bank_booking',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('bank_ref', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.String(length=140), nullable=False),
    sa.Column('counterparty', sa.String(length=140), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('value_date', sa.Date(), nullable=False),
    sa.Column('milestone_id', sa.Uuid(), nullable=True),
    sa.Column('operation_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('booked_by', sa.Uuid(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'sent') = (operation_id IS NOT NULL)", name=op.f('ck_bank_booking_operation')),
    sa.CheckConstraint("(state = 'booked') = (decided_by IS NULL)", name=op.f('ck_bank_booking_decided')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_bank_booking_amount')),
    sa.CheckConstraint('decided_by <> booked_by', name=op.f('ck_bank_booking_maker_is_not_checker')),
    sa.ForeignKeyConstraint(['booked_by'], ['member.id'], name=op.f('fk_bank_booking_booked_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_bank_booking_decided_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['milestone_id'], ['escrow_milestone.id'], name=op.f('fk_bank_booking_milestone_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['operation_id'], ['operation.id'], name=op.f('fk_bank_booking_operation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_booking')),
    sa.UniqueConstraint('kind', 'bank_ref', name='uq_bank_booking_bank_ref')
    )
    op.create_index(op.f('ix_bank_booking_milestone_id'), 'bank_booking', ['milestone_id'], unique=False)
    op.create_index(op.f('ix_bank_booking_operation_id'), 'bank_booking', ['operation_id'], unique=False)
    op.create_index(op.f('ix_bank_booking_state'), 'bank_booking', ['state'], unique=False)
    op.create_table('inquiry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('rfq_id', sa.Uuid(), nullable=True),
    sa.Column('buyer_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('hs_code', sa.String(length=6), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('unit', sa.String(length=3), nullable=False),
    sa.Column('destination', sa.CHAR(length=2), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('rule', sa.String(length=3), nullable=True),
    sa.Column('target_amount', sa.Numeric(precision=18, scale=6), nullable=True),
    sa.Column('target_currency', sa.CHAR(length=3), nullable=True),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('buyer_read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('supplier_read_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('buyer_id <> supplier_id', name=op.f('ck_inquiry_two_parties')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_inquiry_quantity')),
    sa.ForeignKeyConstraint(['buyer_id'], ['organisation.id'], name=op.f('fk_inquiry_buyer_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_inquiry_created_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_inquiry_product_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['rfq_id'], ['rfq.id'], name=op.f('fk_inquiry_rfq_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_inquiry_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inquiry')),
    sa.UniqueConstraint('rfq_id', 'supplier_id', name=op.f('uq_inquiry_rfq_id_supplier_id'))
    )
    op.create_index('ix_inquiry_buyer', 'inquiry', ['buyer_id', 'state', 'id'], unique=False)
    op.create_index(op.f('ix_inquiry_product_id'), 'inquiry', ['product_id'], unique=False)
    op.create_index(op.f('ix_inquiry_rfq_id'), 'inquiry', ['rfq_id'], unique=False)
    op.create_index('ix_inquiry_supplier', 'inquiry', ['supplier_id', 'state', 'id'], unique=False)
    op.create_table('payout',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('bank_account_id', sa.Uuid(), nullable=True),
    sa.Column('connected_account_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('failure', sa.Text(), nullable=False),
    sa.Column('requested_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(bank_account_id IS NULL) <> (connected_account_id IS NULL)', name=op.f('ck_payout_destination')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_payout_amount')),
    sa.ForeignKeyConstraint(['bank_account_id'], ['bank_account.id'], name=op.f('fk_payout_bank_account_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['connected_account_id'], ['connected_account.id'], name=op.f('fk_payout_connected_account_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_payout_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['requested_by'], ['member.id'], name=op.f('fk_payout_requested_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payout'))
    )
    op.create_index('ix_payout_organisation', 'payout', ['organisation_id', 'id'], unique=False)
    op.create_table('verified_fact',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('fact', sa.String(length=30), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('method', sa.String(length=30), nullable=False),
    sa.Column('confirmed_by', sa.Uuid(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['confirmed_by'], ['member.id'], name=op.f('fk_verified_fact_confirmed_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_verified_fact_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['request_id'], ['verification_request.id'], name=op.f('fk_verified_fact_request_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verified_fact'))
    )
    op.create_index('ix_verified_fact_organisation', 'verified_fact', ['organisation_id', 'fact', 'confirmed_at'], unique=False)
    op.create_table('message',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('inquiry_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['inquiry_id'], ['inquiry.id'], name=op.f('fk_message_inquiry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_message_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_message_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message'))
    )
    op.create_index('ix_message_inquiry', 'message', ['inquiry_id', 'id'], unique=False)
    op.create_table('quotation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('inquiry_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('total_minor > 0', name=op.f('ck_quotation_total')),
    sa.ForeignKeyConstraint(['inquiry_id'], ['inquiry.id'], name=op.f('fk_quotation_inquiry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['made_by'], ['organisation.id'], name=op.f('fk_quotation_made_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_quotation_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quotation')),
    sa.UniqueConstraint('inquiry_id', 'version', name=op.f('uq_quotation_inquiry_id_version'))
    )
    op.create_index(op.f('ix_quotation_valid_until'), 'quotation', ['valid_until'], unique=False)
    op.create_index('uq_quotation_standing', 'quotation', ['inquiry_id'], unique=True, postgresql_where=sa.text("state IN ('offered', 'accepted')"))
    op.create_table('contract',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('inquiry_id', sa.Uuid(), nullable=False),
    sa.Column('quotation_id', sa.Uuid(), nullable=False),
    sa.Column('buyer_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('terms', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('buyer_agreed', sa.Integer(), nullable=False),
    sa.Column('supplier_agreed', sa.Integer(), nullable=False),
    sa.Column('terms_hash', sa.String(length=64), nullable=False),
    sa.Column('pdf_hash', sa.String(length=64), nullable=False),
    sa.Column('pdf_key', sa.String(length=200), nullable=False),
    sa.Column('fault', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('effective_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('draft', 'void') OR terms_hash <> ''", name=op.f('ck_contract_locked_has_hash')),
    sa.CheckConstraint("state NOT IN ('signing', 'effective', 'performed') OR pdf_hash <> ''", name=op.f('ck_contract_signable_has_pdf')),
    sa.ForeignKeyConstraint(['buyer_id'], ['organisation.id'], name=op.f('fk_contract_buyer_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['inquiry_id'], ['inquiry.id'], name=op.f('fk_contract_inquiry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['quotation_id'], ['quotation.id'], name=op.f('fk_contract_quotation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_contract_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract')),
    sa.UniqueConstraint('inquiry_id', name=op.f('uq_contract_inquiry_id')),
    sa.UniqueConstraint('number', name=op.f('uq_contract_number')),
    sa.UniqueConstraint('quotation_id', name=op.f('uq_contract_quotation_id'))
    )
    op.create_index('ix_contract_buyer', 'contract', ['buyer_id', 'state', 'id'], unique=False)
    op.create_index('ix_contract_supplier', 'contract', ['supplier_id', 'state', 'id'], unique=False)
    op.create_table('orders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('inquiry_id', sa.Uuid(), nullable=False),
    sa.Column('buyer_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('destination', sa.CHAR(length=2), nullable=False),
    sa.Column('contract_hash', sa.String(length=64), nullable=False),
    sa.Column('partial_shipments', sa.Boolean(), nullable=False),
    sa.Column('acceptance_days', sa.SmallInteger(), nullable=False),
    sa.Column('ship_by', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('funded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('shipped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accept_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('buyer_id <> supplier_id', name=op.f('ck_orders_two_parties')),
    sa.ForeignKeyConstraint(['buyer_id'], ['organisation.id'], name=op.f('fk_orders_buyer_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_orders_contract_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['inquiry_id'], ['inquiry.id'], name=op.f('fk_orders_inquiry_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['supplier_id'], ['organisation.id'], name=op.f('fk_orders_supplier_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('contract_id', name=op.f('uq_orders_contract_id')),
    sa.UniqueConstraint('number', name=op.f('uq_orders_number'))
    )
    op.create_index('ix_orders_accept_by', 'orders', ['accept_by'], unique=False, postgresql_where=sa.text("state = 'delivered'"))
    op.create_index('ix_orders_buyer', 'orders', ['buyer_id', 'state', 'id'], unique=False)
    op.create_index(op.f('ix_orders_inquiry_id'), 'orders', ['inquiry_id'], unique=False)
    op.create_index('ix_orders_supplier', 'orders', ['supplier_id', 'state', 'id'], unique=False)
    op.create_table('signature',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('terms_hash', sa.String(length=64), nullable=False),
    sa.Column('pdf_hash', sa.String(length=64), nullable=False),
    sa.Column('consent', sa.Text(), nullable=False),
    sa.Column('consent_hash', sa.String(length=64), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('seal', sa.LargeBinary(), nullable=False),
    sa.Column('seal_kind', sa.String(length=30), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_signature_contract_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_signature_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_signature_organisation_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signature')),
    sa.UniqueConstraint('contract_id', 'organisation_id', name=op.f('uq_signature_contract_id_organisation_id'))
    )
    op.create_index(op.f('ix_signature_organisation_id'), 'signature', ['organisation_id'], unique=False)
    op.create_table('order_line',
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('unit', sa.String(length=3), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('least', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('most', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_line_order_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('order_id', 'position', name=op.f('pk_order_line'))
    )
    op.create_table('rating',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('rater_id', sa.Uuid(), nullable=False),
    sa.Column('rated_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('goods', sa.SmallInteger(), nullable=False),
    sa.Column('service', sa.SmallInteger(), nullable=False),
    sa.Column('time', sa.SmallInteger(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('goods BETWEEN 1 AND 5 AND service BETWEEN 1 AND 5 AND time BETWEEN 1 AND 5', name=op.f('ck_rating_stars')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_rating_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_rating_order_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['rated_id'], ['organisation.id'], name=op.f('fk_rating_rated_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['rater_id'], ['organisation.id'], name=op.f('fk_rating_rater_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rating')),
    sa.UniqueConstraint('order_id', 'rater_id', name=op.f('uq_rating_order_id_rater_id'))
    )
    op.create_index('ix_rating_rated', 'rating', ['rated_id', 'id'], unique=False)
    op.create_table('settlement_proposal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('to_supplier_minor', sa.BigInteger(), nullable=False),
    sa.Column('to_supplier_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('to_buyer_minor', sa.BigInteger(), nullable=False),
    sa.Column('to_buyer_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('to_supplier_currency = to_buyer_currency', name=op.f('ck_settlement_proposal_one_currency')),
    sa.CheckConstraint('to_supplier_minor >= 0 AND to_buyer_minor >= 0', name=op.f('ck_settlement_proposal_shares')),
    sa.ForeignKeyConstraint(['made_by'], ['organisation.id'], name=op.f('fk_settlement_proposal_made_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_settlement_proposal_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_settlement_proposal_order_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_settlement_proposal'))
    )
    op.create_index(op.f('ix_settlement_proposal_order_id'), 'settlement_proposal', ['order_id'], unique=False)
    op.create_index('uq_settlement_proposal_open', 'settlement_proposal', ['order_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('shipment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.SmallInteger(), nullable=False),
    sa.Column('carrier', sa.String(length=80), nullable=False),
    sa.Column('tracking', sa.String(length=60), nullable=False),
    sa.Column('shipped_on', sa.Date(), nullable=False),
    sa.Column('documents', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_by', sa.Uuid(), nullable=True),
    sa.Column('proof', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_shipment_created_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['delivered_by'], ['member.id'], name=op.f('fk_shipment_delivered_by'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_shipment_order_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shipment')),
    sa.UniqueConstraint('carrier', 'tracking', name=op.f('uq_shipment_carrier_tracking')),
    sa.UniqueConstraint('order_id', 'number', name=op.f('uq_shipment_order_id_number'))
    )
    op.create_table('shipment_line',
    sa.Column('shipment_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_shipment_line_quantity')),
    sa.ForeignKeyConstraint(['shipment_id'], ['shipment.id'], name=op.f('fk_shipment_line_shipment_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('shipment_id', 'position', name=op.f('pk_shipment_line'))
    )
    script(op.get_bind(), '10_kernel.sql')
    script(op.get_bind(), '20_listings.sql')
    script(op.get_bind(), '30_payments.sql')
    script(op.get_bind(), '40_negotiation.sql')


def downgrade() -> None:
    op.drop_table('shipment_line')
    op.drop_table('shipment')
    op.drop_index('uq_settlement_proposal_open', table_name='settlement_proposal', postgresql_where=sa.text("state = 'open'"))
    op.drop_index(op.f('ix_settlement_proposal_order_id'), table_name='settlement_proposal')
    op.drop_table('settlement_proposal')
    op.drop_index('ix_rating_rated', table_name='rating')
    op.drop_table('rating')
    op.drop_table('order_line')
    op.drop_index(op.f('ix_signature_organisation_id'), table_name='signature')
    op.drop_table('signature')
    op.drop_index('ix_orders_supplier', table_name='orders')
    op.drop_index(op.f('ix_orders_inquiry_id'), table_name='orders')
    op.drop_index('ix_orders_buyer', table_name='orders')
    op.drop_index('ix_orders_accept_by', table_name='orders', postgresql_where=sa.text("state = 'delivered'"))
    op.drop_table('orders')
    op.drop_index('ix_contract_supplier', table_name='contract')
    op.drop_index('ix_contract_buyer', table_name='contract')
    op.drop_table('contract')
    op.drop_index('uq_quotation_standing', table_name='quotation', postgresql_where=sa.text("state IN ('offered', 'accepted')"))
    op.drop_index(op.f('ix_quotation_valid_until'), table_name='quotation')
    op.drop_table('quotation')
    op.drop_index('ix_message_inquiry', table_name='message')
    op.drop_table('message')
    op.drop_index('ix_verified_fact_organisation', table_name='verified_fact')
    op.drop_table('verified_fact')
    op.drop_index('ix_payout_organisation', table_name='payout')
    op.drop_table('payout')
    op.drop_index('ix_inquiry_supplier', table_name='inquiry')
    op.drop_index(op.f('ix_inquiry_rfq_id'), table_name='inquiry')
    op.drop_index(op.f('ix_inquiry_product_id'), table_name='inquiry')
    op.drop_index('ix_inquiry_buyer', table_name='inquiry')
    op.drop_table('inquiry')
    op.drop_index(op.f('ix_bank_booking_state'), table_name='bank_booking')
    op.drop_index(op.f('ix_bank_booking_operation_id'), table_name='bank_booking')
    op.drop_index(op.f('ix_bank_booking_milestone_id'), table_name='bank_booking')
    op.drop_table('bank_booking')
    op.drop_index('uq_verification_request_pending', table_name='verification_request', postgresql_where=sa.text("state = 'submitted'"))
    op.drop_index(op.f('ix_verification_request_organisation_id'), table_name='verification_request')
    op.drop_table('verification_request')
    op.drop_index(op.f('ix_session_member_id'), table_name='session')
    op.drop_table('session')
    op.drop_index(op.f('ix_rfq_buyer_id'), table_name='rfq')
    op.drop_table('rfq')
    op.drop_index('uq_review_pending_subject', table_name='review', postgresql_where=sa.text("state IN ('open', 'claimed')"))
    op.drop_index('ix_review_queue', table_name='review')
    op.drop_index(op.f('ix_review_organisation_id'), table_name='review')
    op.drop_table('review')
    op.drop_index(op.f('ix_recovery_code_member_id'), table_name='recovery_code')
    op.drop_table('recovery_code')
    op.drop_index('uq_product_revision_submitted', table_name='product_revision', postgresql_where=sa.text("state = 'submitted'"))
    op.drop_index('uq_product_revision_live', table_name='product_revision', postgresql_where=sa.text("state = 'live'"))
    op.drop_index('uq_product_revision_draft', table_name='product_revision', postgresql_where=sa.text("state = 'draft'"))
    op.drop_table('product_revision')
    op.drop_index('ix_product_import_organisation', table_name='product_import')
    op.drop_table('product_import')
    op.drop_index('uq_operation_open_part', table_name='operation', postgresql_where=sa.text("state IN ('planned', 'sent', 'unknown')"))
    op.drop_index('ix_operation_ref', table_name='operation')
    op.drop_index('ix_operation_part', table_name='operation')
    op.drop_index('ix_operation_open', table_name='operation', postgresql_where=sa.text("state IN ('planned', 'sent', 'unknown')"))
    op.drop_table('operation')
    op.drop_index(op.f('ix_one_time_token_member_id'), table_name='one_time_token')
    op.drop_table('one_time_token')
    op.drop_table('ledger_proof')
    op.drop_index(op.f('ix_invitation_organisation_id'), table_name='invitation')
    op.drop_index(op.f('ix_invitation_invited_by'), table_name='invitation')
    op.drop_table('invitation')
    op.drop_table('escrow_milestone')
    op.drop_index(op.f('ix_connected_account_organisation_id'), table_name='connected_account')
    op.drop_table('connected_account')
    op.drop_index(op.f('ix_bank_account_organisation_id'), table_name='bank_account')
    op.drop_table('bank_account')
    op.drop_index(op.f('ix_api_key_member_id'), table_name='api_key')
    op.drop_table('api_key')
    op.drop_index('ix_product_organisation_state', table_name='product')
    op.drop_index('ix_product_category_published', table_name='product', postgresql_where=sa.text("state = 'published'"))
    op.drop_table('product')
    op.drop_index('ix_posting_account', table_name='posting')
    op.drop_table('posting')
    op.drop_table('picture_file')
    op.drop_index('uq_member_email', table_name='member', postgresql_where=sa.text('removed_at IS NULL'))
    op.drop_index(op.f('ix_member_organisation_id'), table_name='member')
    op.drop_table('member')
    op.drop_index(op.f('ix_escrow_supplier_id'), table_name='escrow')
    op.drop_index(op.f('ix_escrow_buyer_id'), table_name='escrow')
    op.drop_table('escrow')
    op.drop_table('balance')
    op.drop_index('ix_audit_entry_organisation', table_name='audit_entry')
    op.drop_table('audit_entry')
    op.drop_index('uq_webhook_event_provider', table_name='webhook_event')
    op.drop_table('webhook_event')
    op.drop_index('ix_state_change_subject', table_name='state_change')
    op.drop_table('state_change')
    op.drop_index('ix_search_word_trgm', table_name='search_word', postgresql_using='gin', postgresql_ops={'word': 'gin_trgm_ops'})
    op.drop_table('search_word')
    op.drop_index('uq_search_generation_live', table_name='search_generation', postgresql_where=sa.text('live'))
    op.drop_index('uq_search_generation_building', table_name='search_generation', postgresql_where=sa.text('NOT live'))
    op.drop_table('search_generation')
    op.drop_table('registration')
    op.drop_table('rate_window')
    op.drop_index('ix_product_search_traits', table_name='product_search', postgresql_using='gin')
    op.drop_index('ix_product_search_price', table_name='product_search')
    op.drop_index('ix_product_search_newest', table_name='product_search')
    op.drop_index('ix_product_search_moq', table_name='product_search')
    op.drop_index('ix_product_search_document', table_name='product_search', postgresql_using='gin')
    op.drop_index('ix_product_search_category', table_name='product_search')
    op.drop_table('product_search')
    op.drop_index('uq_organisation_registration', table_name='organisation')
    op.drop_index('ix_organisation_name_trgm', table_name='organisation', postgresql_using='gin', postgresql_ops={'name_latin': 'gin_trgm_ops'})
    op.drop_table('organisation')
    op.drop_index('ix_journal_entry_subject', table_name='journal_entry')
    op.drop_table('journal_entry')
    op.drop_index('ix_job_due', table_name='job', postgresql_where=sa.text('done_at IS NULL AND dead_at IS NULL'))
    op.drop_index('ix_job_dead', table_name='job', postgresql_where=sa.text('dead_at IS NOT NULL'))
    op.drop_table('job')
    op.drop_table('idempotency_key')
    op.drop_table('hs_code')
    op.drop_index('uq_evidence_link_subject_seq', table_name='evidence_link')
    op.drop_table('evidence_link')
    op.drop_index(op.f('ix_event_name'), table_name='event')
    op.drop_table('event')
    op.drop_index('ix_account_owner', table_name='account')
    op.drop_index(op.f('ix_account_kind'), table_name='account')
    op.drop_table('account')
    drop_functions(op.get_bind())
