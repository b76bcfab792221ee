"""A history for `bench.risk`: orders, prints of pictures and of texts by the hundred thousand, made in the database;
and a category full of published goods to compare a price and an HS heading with.

Rows are what the questions of rules read, no more; triggers are off while they are written, as the owner may.
"""

import json

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from listings.content import Content, card, dumped
from trust.risk.likeness import prints

QUIET = text("SET LOCAL session_replication_role = replica")
_ORDERS = text("""
    INSERT INTO orders (id, number, contract_id, inquiry_id, buyer_id, supplier_id, title, total_minor, total_currency,
                        destination, contract_hash, partial_shipments, acceptance_days, ship_by, state, created_at,
                        funded_at)
    SELECT gen_random_uuid(), 'B-' || n, gen_random_uuid(), gen_random_uuid(),
           o.ids[1 + n % o.many], o.ids[1 + (n + 1 + hashint4(n) % 997 + 997) % o.many], 'Mugs',
           100000 + abs(hashint4(n)) % 900000, 'USD', 'DE', '', false, 7, current_date, 'completed',
           now() - n * (interval '730 days' / :orders), now() - n * (interval '730 days' / :orders)
      FROM generate_series(1, :orders) AS n,
           (SELECT array_agg(id ORDER BY slug) AS ids, count(*)::int AS many FROM organisation) AS o
     WHERE o.ids[1 + n % o.many] <> o.ids[1 + (n + 1 + hashint4(n) % 997 + 997) % o.many]
""")
_PICTURES = text("""
    INSERT INTO risk_picture (key, organisation_id, print, band_0, band_1, band_2, band_3, seen_at)
    SELECT lpad(n::text, 64, '0'), o.ids[1 + n % o.many], r.print, r.print & 65535, (r.print >> 16) & 65535,
           (r.print >> 32) & 65535, (r.print >> 48) & 65535, now() - interval '1 day'
      FROM (SELECT n, hashint8extended(n, 7) AS print FROM generate_series(1, :pictures) AS n) AS r,
           (SELECT array_agg(id ORDER BY slug) AS ids, count(*)::int AS many FROM organisation) AS o
""")
_TEXTS = text("""
    INSERT INTO risk_text (subject_type, subject_id, language, organisation_id, bands, seen_at)
    SELECT 'product', gen_random_uuid(), 'en', o.ids[1 + n % o.many],
           ARRAY(SELECT hashint8extended(n, band) FROM generate_series(1, :bands) AS band), now() - interval '1 day'
      FROM generate_series(1, :texts) AS n,
           (SELECT array_agg(id ORDER BY slug) AS ids, count(*)::int AS many FROM organisation) AS o
""")
_PRODUCTS = text("""
    INSERT INTO product (id, organisation_id, category, state, card, created_at, changed_at, published_at)
    SELECT gen_random_uuid(), o.ids[1 + n % o.many], :category, 'published', CAST(:card AS jsonb), g.at, g.at, g.at
      FROM (SELECT n, now() - n * (interval '170 days' / :products) AS at FROM generate_series(1, :products) AS n) AS g,
           (SELECT array_agg(id ORDER BY slug) AS ids, count(*)::int AS many FROM organisation) AS o
""")
_REVISIONS = text("""
    INSERT INTO product_revision (id, product_id, number, content, state, reason, saved_by, saved_at)
    SELECT gen_random_uuid(), id, 1, CAST(:content AS jsonb), 'live', '', gen_random_uuid(), published_at
      FROM product WHERE category = :category AND state = 'published'
""")


async def fill(tx: AsyncSession, orders: int, content: Content) -> None:
    """As many orders over two years, a picture to each of them, a text to every second one, a product of this content
    to every fifth. As the owner.
    """
    await tx.execute(QUIET)
    await tx.execute(_ORDERS, {"orders": orders})
    await tx.execute(_PICTURES, {"pictures": orders})
    await tx.execute(_TEXTS, {"texts": orders // 2, "bands": prints.TEXT_BANDS})
    goods = {"category": content.category, "products": orders // 5, "card": json.dumps(card(content))}
    await tx.execute(_PRODUCTS, goods)
    await tx.execute(_REVISIONS, {"category": content.category, "content": json.dumps(dumped(content))})
    for table in ("orders", "risk_picture", "risk_text", "product", "product_revision"):
        await tx.execute(text(f"ANALYZE {table}"))
