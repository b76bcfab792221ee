"""passkeys, and the authority of signatories"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = 'c4e2a97d6b10'
down_revision = 'c4a91d7be260'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('passkey',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(length=1023), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), nullable=False),
    sa.Column('transports', postgresql.ARRAY(sa.String(length=20)), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_passkey_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    op.create_index(op.f('ix_passkey_member_id'), 'passkey', ['member_id'])
    op.create_table('passkey_challenge',
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('browser', sa.LargeBinary(length=32), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_passkey_challenge_member_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('mark', name=op.f('pk_passkey_challenge'))
    )
    op.create_index(op.f('ix_passkey_challenge_member_id'), 'passkey_challenge', ['member_id'])
    op.create_table('signing_authority',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('granted_by', sa.Uuid(), nullable=False),
    sa.Column('limit_minor', sa.BigInteger(), nullable=True),
    sa.Column('limit_currency', sa.CHAR(length=3), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(limit_minor IS NULL) = (limit_currency IS NULL) AND limit_minor > 0', name=op.f('ck_signing_authority_limit')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_signing_authority_organisation_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_signing_authority_member_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['granted_by'], ['member.id'], name=op.f('fk_signing_authority_granted_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_authority'))
    )
    op.create_index(op.f('ix_signing_authority_organisation_id'), 'signing_authority', ['organisation_id'])
    op.create_index('uq_signing_authority_in_force', 'signing_authority', ['member_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.add_column('session', sa.Column('stepped_up_by', sa.String(length=20), server_default='', nullable=False))
    op.add_column('signature', sa.Column('own_certificate', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    # Who could sign until now goes on signing, by grant of the company's first owner; one a member, so their id serves.
    op.execute("""
        INSERT INTO signing_authority (id, organisation_id, member_id, granted_by, granted_at)
        SELECT m.id, m.organisation_id, m.id, coalesce(
                   (SELECT o.id FROM member o WHERE o.organisation_id = m.organisation_id AND 'owner' = ANY(o.roles)
                     ORDER BY o.id LIMIT 1), m.id), m.created_at
          FROM member m
         WHERE m.removed_at IS NULL AND m.roles && ARRAY['owner', 'signatory']::varchar[]
    """)
    script(op.get_bind(), '120_authority.sql')


def downgrade() -> None:
    op.drop_column('signature', 'own_certificate')
    op.drop_column('session', 'stepped_up_by')
    op.drop_table('signing_authority')
    op.execute('DROP FUNCTION keep_authority()')
    op.drop_table('passkey_challenge')
    op.drop_table('passkey')
