"""signatures"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = '57cf16122b8f'
down_revision = 'd2a80c5f7e19'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('contract', sa.Column('file_key', sa.String(length=200), server_default='', nullable=False))
    op.add_column('contract', sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('contract', sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_contract_archived_at', 'contract', ['archived_at'], unique=False, postgresql_where=sa.text('sealed_at IS NOT NULL'))
    op.add_column('signature', sa.Column('certificate', sa.LargeBinary(), nullable=True))
    op.add_column('signature', sa.Column('affixed_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        'contract_file',
        sa.Column('file_hash', sa.String(length=64), nullable=False),
        sa.Column('contract_id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.String(length=60), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['contract_id'], ['contract.id'], name=op.f('fk_contract_file_contract_id'), ondelete='RESTRICT'
        ),
        sa.PrimaryKeyConstraint('file_hash', name=op.f('pk_contract_file')),
    )
    op.create_index('ix_contract_file_contract_id', 'contract_file', ['contract_id'])
    # What was prepared before is known by its hash, too.
    op.execute("""
        INSERT INTO contract_file (file_hash, contract_id, kind, at)
        SELECT pdf_hash, id, 'contract.prepared', coalesce(locked_at, created_at) FROM contract WHERE pdf_hash <> ''
    """)
    script(op.get_bind(), '100_signatures.sql')


def downgrade() -> None:
    op.execute('DROP TRIGGER keep_signatures ON signature')
    op.execute('DROP TRIGGER keep_signature ON signature')
    op.execute('DROP FUNCTION keep_signature()')
    op.drop_table('contract_file')
    op.drop_column('signature', 'affixed_at')
    op.drop_column('signature', 'certificate')
    op.drop_index('ix_contract_archived_at', table_name='contract', postgresql_where=sa.text('sealed_at IS NOT NULL'))
    op.drop_column('contract', 'archived_at')
    op.drop_column('contract', 'sealed_at')
    op.drop_column('contract', 'file_key')
