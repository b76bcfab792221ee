"""risk: prints of pictures and texts, and rules about what is shown, carried and paid"""

import json

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "a91c5e3d7f26"
down_revision = "b7e3d92a60c4"
branch_labels = None
depends_on = None

STARTING = {
    "INF-01": {"bits": 6, "let_pass": []},
    "INF-02": {"percent": 85, "shingles": 120, "own_percent": 90, "own_times": 5},
    "INF-03": {"let_pass": [], "hours": 168},
    "INF-06": {"others": 20, "percent": 10, "fits": 1},
    "INF-08": {"days": 0},
    "INF-09": {"a_day": 10},
    "INF-10": {"signs": 2},
    "TBML-01": {"others": 20, "z": 350, "percent": 50, "above_usd": 20000},
    "TBML-04": {"orders": 1},
    "TBML-05": {"days": 14, "hours": 168},
    "TBML-06": {"hubs": ["AE", "AM", "GE", "KG", "KZ", "TJ", "TR", "UZ"], "let_pass": []},
    "TBML-07": {"hops": 4, "round": 5},
    "TBML-08": {"payload_kg": 28500, "cubic_metres": 87, "lightest": 10, "heaviest": 20000},
    "TBML-09": {"days": 60, "above_usd": 1000000, "customers": 3},
    "TBML-10": {"links": 1},
    "TBML-11": {"orders": 3, "above_usd": 50000},
}


def upgrade() -> None:
    op.create_table(
        "risk_picture",
        sa.Column("key", sa.String(length=67), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("print", sa.BigInteger(), nullable=False),
        *(sa.Column(f"band_{band}", sa.Integer(), nullable=False) for band in range(4)),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_risk_picture_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("key", "organisation_id", name=op.f("pk_risk_picture")),
    )
    for band in range(4):
        op.create_index(f"ix_risk_picture_band_{band}", "risk_picture", [f"band_{band}"])
    op.create_table(
        "risk_text",
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("bands", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_risk_text_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("subject_type", "subject_id", "language", name=op.f("pk_risk_text")),
    )
    op.create_index(
        "ix_risk_text_bands",
        "risk_text",
        ["bands"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index(
        "ix_ip_right_mark",
        "ip_right",
        [sa.text("translate(lower(title), ' -.,''&+/·®™', '')")],
        postgresql_where=sa.text("kind = 'trade_mark' AND state = 'accepted'"),
    )
    op.create_index(
        "ix_product_revision_hs",
        "product_revision",
        [sa.text("left(content ->> 'hs_code', 6)")],
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_index("ix_orders_buyer_funded", "orders", ["buyer_id", "funded_at"])
    op.create_index("ix_orders_supplier_funded", "orders", ["supplier_id", "funded_at"])
    op.create_index("ix_rating_rated_created", "rating", ["rated_id", "created_at"])
    op.create_index(
        "ix_shipment_packing_containers",
        "shipment_packing",
        [sa.text("(facts -> 'containers')")],
        postgresql_using="gin",
    )
    op.create_index("ix_shipment_unheard", "shipment", ["shipped_on"], postgresql_where=sa.text("delivered_at IS NULL"))
    for rule, parameters in STARTING.items():
        said = json.dumps(parameters)
        op.execute(f"""
            INSERT INTO risk_setting (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
            VALUES (gen_random_uuid(), '{rule}', 'live', '{said}', '2026-01-01', 'docs/RISK.md, starting value',
                    '2026-01-01', 'approved', '2026-01-01')
        """)
    script(op.get_bind(), "280_risk_likeness.sql")


def downgrade() -> None:
    codes = ", ".join(f"'{rule}'" for rule in STARTING)
    op.execute("ALTER TABLE risk_setting DISABLE TRIGGER keep_risk_setting")
    op.execute(f"DELETE FROM risk_setting WHERE rule IN ({codes})")
    op.execute("ALTER TABLE risk_setting ENABLE TRIGGER keep_risk_setting")
    op.drop_index("ix_shipment_unheard", table_name="shipment")
    op.drop_index("ix_shipment_packing_containers", table_name="shipment_packing")
    op.drop_index("ix_rating_rated_created", table_name="rating")
    op.drop_index("ix_orders_supplier_funded", table_name="orders")
    op.drop_index("ix_orders_buyer_funded", table_name="orders")
    op.drop_index("ix_product_revision_hs", table_name="product_revision")
    op.drop_index("ix_ip_right_mark", table_name="ip_right")
    op.drop_table("risk_text")
    op.drop_table("risk_picture")
