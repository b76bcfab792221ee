"""places of products in the search index, and by which change they were written"""

import sqlalchemy as sa
from alembic import op

revision = "b7d20e94c6f1"
down_revision = "5b1e8d40f7c3"
branch_labels = None
depends_on = None

ORDERS = {
    "newest": ["generation", "published_at", "product_id"],
    "price": ["generation", "price_low", "product_id"],
    "moq": ["generation", "moq", "product_id"],
    "category": ["generation", "category", "published_at"],
}
GIN = ("ix_product_search_document", "ix_search_word_trgm")


def upgrade() -> None:
    op.drop_index("ix_product_search_traits", "product_search")
    for name in ORDERS:
        op.drop_index(f"ix_product_search_{name}", "product_search")
    op.add_column("product_search", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column("product_search", sa.Column("changed", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("product_search", sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("""
        UPDATE product_search AS written SET place = counted.place
        FROM (SELECT generation, product_id, row_number() OVER (PARTITION BY generation ORDER BY product_id) - 1 AS place
              FROM product_search) AS counted
        WHERE written.generation = counted.generation AND written.product_id = counted.product_id""")
    op.alter_column("product_search", "place", nullable=False)
    op.alter_column("product_search", "changed", server_default=None)
    op.alter_column("product_search", "gone", server_default=None)
    op.create_index("uq_product_search_place", "product_search", ["generation", "place"], unique=True)
    op.create_index("ix_product_search_changed", "product_search", ["generation", "changed"])
    for name in GIN:
        op.execute(f"ALTER INDEX {name} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('{name}')")


def downgrade() -> None:
    for name in GIN:
        op.execute(f"ALTER INDEX {name} RESET (fastupdate)")
    op.execute("DELETE FROM product_search WHERE gone")
    op.drop_index("ix_product_search_changed", "product_search")
    op.drop_index("uq_product_search_place", "product_search")
    for name in ("gone", "changed", "place"):
        op.drop_column("product_search", name)
    for name, columns in ORDERS.items():
        op.create_index(f"ix_product_search_{name}", "product_search", columns)
    op.create_index("ix_product_search_traits", "product_search", ["traits"], postgresql_using="gin")
