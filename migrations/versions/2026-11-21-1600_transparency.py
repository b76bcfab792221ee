"""transparency"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = 'bf2f07d12082'
down_revision = '57cf16122b8f'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('logged_head',
    sa.Column('place', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('head', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_logged_head'))
    )
    op.create_index('uq_logged_head_subject', 'logged_head', ['subject_type', 'subject_id', 'seq'], unique=True)
    op.create_table('tree_head',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('root', sa.LargeBinary(length=32), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('token', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_tree_head'))
    )
    op.create_table('tree_node',
    sa.Column('level', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('place', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('level', 'place', name=op.f('pk_tree_node'))
    )
    op.create_index('ix_evidence_link_at', 'evidence_link', ['at'], postgresql_using='brin')
    script(op.get_bind(), '110_transparency.sql')


def downgrade() -> None:
    op.drop_index('ix_evidence_link_at', table_name='evidence_link', postgresql_using='brin')
    op.drop_table('tree_node')
    op.drop_table('tree_head')
    op.drop_index('uq_logged_head_subject', table_name='logged_head')
    op.drop_table('logged_head')
    op.execute('DROP FUNCTION keep_tree_head()')
