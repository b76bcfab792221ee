"""rail"""

from alembic import op
import sqlalchemy as sa

revision = 'b4d81e6fa293'
down_revision = 'f518d9e4b92a'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column('connected_account', 'onboarding_url')
    op.create_index('ix_operation_source', 'operation', ['source_ref'], postgresql_where=sa.text("source_ref <> ''"))


def downgrade() -> None:
    op.drop_index('ix_operation_source', table_name='operation')
    op.add_column('connected_account', sa.Column('onboarding_url', sa.Text(), nullable=False, server_default=''))
    op.alter_column('connected_account', 'onboarding_url', server_default=None)
