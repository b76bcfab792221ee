"""documents"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = 'c41d7be90a55'
down_revision = 'c4e2a97d6b10'
branch_labels = None
depends_on = None

KEPT = ('document_set', 'received_document', 'trade_document', 'shipment_packing')


def _belongs_to(table: str, *columns: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f'{to}.id'], name=op.f(f'fk_{table}_{column}'), ondelete='RESTRICT')
        for column, to in columns
    ]


def upgrade() -> None:
    op.create_table(
        'shipment_packing',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('shipment_id', sa.Uuid(), nullable=False),
        sa.Column('version', sa.SmallInteger(), nullable=False),
        sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        *_belongs_to('shipment_packing', ('shipment_id', 'shipment'), ('member_id', 'member')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_shipment_packing')),
        sa.UniqueConstraint('shipment_id', 'version', name=op.f('uq_shipment_packing_shipment_id_version')),
    )
    op.create_table(
        'trade_document',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('order_id', sa.Uuid(), nullable=False),
        sa.Column('shipment_id', sa.Uuid(), nullable=True),
        sa.Column('kind', sa.String(length=30), nullable=False),
        sa.Column('version', sa.SmallInteger(), nullable=False),
        sa.Column('number', sa.String(length=40), nullable=False),
        sa.Column('canonical', sa.Text(), nullable=False),
        sa.Column('content_hash', sa.String(length=64), nullable=False),
        sa.Column('pdf_key', sa.String(length=200), nullable=False),
        sa.Column('pdf_hash', sa.String(length=64), nullable=False),
        sa.Column('ubl_key', sa.String(length=200), nullable=False),
        sa.Column('ubl_hash', sa.String(length=64), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=False),
        sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
        *_belongs_to('trade_document', ('order_id', 'orders'), ('shipment_id', 'shipment'), ('member_id', 'member')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_trade_document')),
        *(
            sa.UniqueConstraint(column, name=op.f(f'uq_trade_document_{column}'))
            for column in ('number', 'content_hash', 'pdf_hash', 'ubl_hash')
        ),
    )
    op.create_table(
        'received_document',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('order_id', sa.Uuid(), nullable=False),
        sa.Column('shipment_id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.String(length=30), nullable=False),
        sa.Column('version', sa.SmallInteger(), nullable=False),
        sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('file', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        *_belongs_to('received_document', ('order_id', 'orders'), ('shipment_id', 'shipment'), ('member_id', 'member')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_received_document')),
        sa.UniqueConstraint(
            'shipment_id', 'kind', 'version', name=op.f('uq_received_document_shipment_id_kind_version')
        ),
    )
    op.create_table(
        'document_set',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('order_id', sa.Uuid(), nullable=False),
        sa.Column('shipment_id', sa.Uuid(), nullable=False),
        sa.Column('version', sa.SmallInteger(), nullable=False),
        sa.Column('hashes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column('member_id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        *_belongs_to('document_set', ('order_id', 'orders'), ('shipment_id', 'shipment'), ('member_id', 'member')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_document_set')),
        sa.UniqueConstraint('shipment_id', 'version', name=op.f('uq_document_set_shipment_id_version')),
    )
    for table in ('trade_document', 'received_document', 'document_set'):
        op.create_index(op.f(f'ix_{table}_order_id'), table, ['order_id'])
    script(op.get_bind(), '120_documents.sql')


def downgrade() -> None:
    for table in KEPT:
        op.drop_table(table)
