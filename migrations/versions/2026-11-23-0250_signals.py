"""signals"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "b7c02e94d1f6"
down_revision = "f4b91c6e20d7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('signal_alarm',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('most', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('worst', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ended_at >= began_at', name=op.f('ck_signal_alarm_order')),
    sa.CheckConstraint('worst > most', name=op.f('ck_signal_alarm_above')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signal_alarm'))
    )
    op.create_index('ix_signal_alarm_began', 'signal_alarm', ['began_at', 'id'], unique=False)
    op.create_index('uq_signal_alarm_open', 'signal_alarm', ['code'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('signal_limit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('most', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('most >= 0', name=op.f('ck_signal_limit_most')),
    sa.ForeignKeyConstraint(['set_by'], ['member.id'], name=op.f('fk_signal_limit_set_by'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signal_limit'))
    )
    op.create_index('ix_signal_limit_code', 'signal_limit', ['code', 'id'], unique=False)
    op.create_table('signal_reading',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('value', sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column('counted', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('usual', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.PrimaryKeyConstraint('code', 'at', name=op.f('pk_signal_reading'))
    )
    op.create_index('ix_signal_reading_at', 'signal_reading', ['at'], unique=False)
    script(op.get_bind(), "505_signals.sql")


def downgrade() -> None:
    op.drop_table('signal_reading')
    op.drop_table('signal_limit')
    op.drop_table('signal_alarm')
    op.execute("DROP FUNCTION keep_signal_alarm()")
