"""content"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = 'c4a91d7be260'
down_revision = '6e0b4d92a7c5'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        'ix_contract_annexes', 'contract', [sa.text("(terms -> 'annexes')")], unique=False, postgresql_using='gin'
    )
    script(op.get_bind(), '120_content.sql')


def downgrade() -> None:
    op.execute('DROP TRIGGER keep_terms ON contract')
    op.execute('DROP FUNCTION keep_terms()')
    op.drop_index('ix_contract_annexes', table_name='contract', postgresql_using='gin')
