"""operator"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "a6c30e8d5f12"
down_revision = "b7c02e94d1f6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('operator_capital',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('registration', sa.String(length=40), nullable=False),
    sa.Column('subscribed_minor', sa.BigInteger(), nullable=False),
    sa.Column('subscribed_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('paid_in_minor', sa.BigInteger(), nullable=False),
    sa.Column('paid_in_currency', sa.CHAR(length=3), nullable=False),
    sa.Column('registered_on', sa.Date(), nullable=False),
    sa.Column('changed_on', sa.Date(), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('stated_by', sa.Uuid(), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("subscribed_minor > 0 AND paid_in_minor BETWEEN 0 AND subscribed_minor", name=op.f('ck_operator_capital_amounts')),
    sa.CheckConstraint("subscribed_currency = paid_in_currency", name=op.f('ck_operator_capital_currency')),
    sa.CheckConstraint("changed_on >= registered_on", name=op.f('ck_operator_capital_days')),
    sa.ForeignKeyConstraint(['stated_by'], ['member.id'], name=op.f('fk_operator_capital_stated_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator_capital'))
    )
    op.create_table('operator_penalty',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organ', sa.String(length=200), nullable=False),
    sa.Column('document_number', sa.String(length=120), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('amount_currency', sa.CHAR(length=3), nullable=True),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('document', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(amount_minor IS NULL) = (amount_currency IS NULL) AND amount_minor > 0", name=op.f('ck_operator_penalty_amount')),
    sa.ForeignKeyConstraint(['entered_by'], ['member.id'], name=op.f('fk_operator_penalty_entered_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operator_penalty'))
    )
    op.create_index('ix_operator_penalty_decided', 'operator_penalty', ['decided_on'], unique=False)
    op.create_index('uq_operator_penalty_document', 'operator_penalty', ['organ', 'document_number'], unique=True)
    script(op.get_bind(), "510_operator.sql")


def downgrade() -> None:
    for _part in range(2):
        script(op.get_bind(), "kept_file_down.sql")
    for table in ("operator_penalty", "operator_capital"):
        op.drop_table(table)
