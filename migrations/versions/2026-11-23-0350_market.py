"""What the market is compared by, beside each product's card: HS subheading, unit, currency and lowest price"""

from alembic import op
import sqlalchemy as sa

revision = "f2c81a6d3e07"
down_revision = "c3d5f7a90b12"
branch_labels = None
depends_on = None

COLUMNS = (
    ("subheading", sa.String(length=6), "left(card ->> 'hs_code', 6)"),
    ("unit", sa.String(length=3), "card ->> 'unit'"),
    ("currency", sa.String(length=3), "card ->> 'currency'"),
    ("price_low", sa.Numeric(), "(card ->> 'price_low')::numeric"),
)
INDEXES = (
    ("ix_product_category_published", ["category", "published_at"], ["subheading"]),
    ("ix_product_category_market", ["category", "currency", "unit", "published_at"], ["price_low"]),
    ("ix_product_subheading_market", ["subheading", "currency", "unit", "published_at"], ["price_low"]),
)
PUBLISHED = sa.text("state = 'published'")


def upgrade() -> None:
    op.execute(
        """
        UPDATE product p SET card = p.card || jsonb_build_object('hs_code', r.content ->> 'hs_code')
          FROM product_revision r WHERE r.product_id = p.id AND r.state = 'live' AND p.card IS NOT NULL
        """
    )
    for name, kind, said in COLUMNS:
        op.add_column("product", sa.Column(name, kind, sa.Computed(said, persisted=True), nullable=True))
    op.drop_index("ix_product_category_published", table_name="product")
    for name, columns, read in INDEXES:
        include = ["organisation_id", *read]
        op.create_index(name, "product", columns, postgresql_include=include, postgresql_where=PUBLISHED)
    op.drop_index("ix_product_revision_hs", table_name="product_revision")


def downgrade() -> None:
    op.create_index(
        "ix_product_revision_hs",
        "product_revision",
        [sa.text("left(content ->> 'hs_code', 6)")],
        postgresql_where=sa.text("state = 'live'"),
    )
    for name, _columns, _read in INDEXES:
        op.drop_index(name, table_name="product")
    op.create_index("ix_product_category_published", "product", ["category", "published_at"], postgresql_where=PUBLISHED)
    for name, _kind, _said in reversed(COLUMNS):
        op.drop_column("product", name)
    op.execute("UPDATE product SET card = card - 'hs_code' WHERE card IS NOT NULL")
