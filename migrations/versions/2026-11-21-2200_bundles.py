"""bundles"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = 'a91c5e30b7d4'
down_revision = 'c41d7be90a55'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'bundle',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('inquiry_id', sa.Uuid(), nullable=False),
        sa.Column('organisation_id', sa.Uuid(), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('title', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=20), nullable=False),
        sa.Column('done', sa.Integer(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('file_key', sa.String(length=67), nullable=False),
        sa.Column('size', sa.BigInteger(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'ready') = (file_key <> '')", name=op.f('ck_bundle_ready_has_file')),
        sa.ForeignKeyConstraint(
            ['inquiry_id'], ['inquiry.id'], name=op.f('fk_bundle_inquiry_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_bundle_organisation_id'), ondelete='RESTRICT'
        ),
        sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_bundle_member_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_bundle')),
    )
    op.create_index('ix_bundle_inquiry_id', 'bundle', ['inquiry_id'])
    op.create_index('ix_bundle_organisation', 'bundle', ['organisation_id', 'id'])
    op.create_index('ix_bundle_expires_at', 'bundle', ['expires_at'], postgresql_where=sa.text("state <> 'gone'"))
    script(op.get_bind(), '120_evidence.sql')


def downgrade() -> None:
    op.execute('DROP TRIGGER bank_lines_stay ON bank_line')
    op.execute('DROP FUNCTION lock_chains(text[], uuid[])')
    op.drop_table('bundle')
