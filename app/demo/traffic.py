"""A year of page views of an invented market: more on working days, more each month, a fair in autumn; always the same.

The figures are not made up here: the days are marked as changed, and the worker computes them as it does any day's.
"""

from datetime import date, timedelta

from sqlalchemy import text

from app.core.jobs import JobContext
from app.traffic import postgres

AT_ONCE = 60  # days a transaction

# `n` numbers the views of a day and `v` their visitors, three views each on average; what one is follows from a hash of
# day and number; which product or supplier it shows, too. Marks of members (one visitor in six) are the same every day.
_VIEWS = text("""
WITH days AS (
    SELECT CAST(:first AS date) + d AS day,
           (40 + (:done + d) / 6 + CASE WHEN extract(isodow FROM CAST(:first AS date) + d) < 6 THEN 45 ELSE 0 END
            + CASE WHEN extract(month FROM CAST(:first AS date) + d) = 10 THEN 25 ELSE 0 END)::integer AS many
      FROM generate_series(0, CAST(:days AS integer) - 1) AS d
), views AS (
    SELECT day, n, n / 3 AS v, abs(hashtext(day || ':' || n / 3)) AS h, abs(hashtext(day || '/' || n)) AS k
      FROM days CROSS JOIN LATERAL generate_series(1, many) AS n
), people AS (
    SELECT *, h % 6 = 0 AS member, h % 17 = 0 AS crawler,
           decode(md5(CASE WHEN h % 6 = 0 THEN 'member ' || h % 90 ELSE day || ' ' || v END), 'hex') AS who
      FROM views
), shown AS (
    SELECT coalesce(array_agg(CAST(p.id AS text) ORDER BY o.slug, p.reference), '{}') AS products,
           coalesce(array_agg(DISTINCT o.slug), '{}') AS suppliers
      FROM product p JOIN organisation o ON o.id = p.organisation_id WHERE p.state = 'published'
)
INSERT INTO web_event
SELECT day, (day + interval '8 hours' + (h % 12) * interval '1 hour' + (k % 1500) * interval '1 second')
           AT TIME ZONE CAST(:zone AS text),
       'view', who, NULL, who, member, h % 97 = 0, k, place.route, place.kind,
       coalesce(CASE place.kind WHEN 'product' THEN products[1 + k / 8 % nullif(cardinality(products), 0)]
                                WHEN 'supplier' THEN suppliers[1 + k / 8 % nullif(cardinality(suppliers), 0)] END, ''),
       (ARRAY['CN','CN','DE','US','VN','FR','GB','NL','ID','BR','AE','KR','HK','ZA','PL'])[1 + h % 15],
       false, (ARRAY['desktop','desktop','desktop','phone','tablet'])[1 + h % 5],
       CASE WHEN crawler THEN 'crawler' WHEN h % 101 = 0 THEN 'headless' ELSE '' END,
       came.referrer, came.channel, came.source, '', ''
  FROM people CROSS JOIN shown
  JOIN LATERAL (SELECT (ARRAY['/', '/products', '/products/{product_id}', '/products/{product_id}', '/suppliers/{slug}',
                              '/categories/{slug}', '/about', '/inquiries/new'])[1 + k % 8] AS route,
                       (ARRAY['', '', 'product', 'product', 'supplier', '', '', ''])[1 + k % 8] AS kind) place ON true
  JOIN (VALUES (0, '', 'direct', ''), (1, '', 'direct', ''), (2, 'www.google.com', 'search', ''),
               (3, 'www.baidu.com', 'search', ''), (4, 'www.bing.com', 'search', ''),
               (5, 'trade-news.example', 'referral', ''),
               (6, '', 'mail', 'newsletter'), (7, '', 'event', 'autumn fair'))
       AS came (number, referrer, channel, source) ON came.number = h % 8
""")


async def year_of_views(ctx: JobContext, today: date, days: int) -> None:
    """Views of `days` days before `today`; the worker computes their figures when it next looks."""
    async with ctx.db.transaction() as tx:
        await postgres.make_days(tx, today - timedelta(days=1), today)
    for done in range(0, days, AT_ONCE):
        first, some = today - timedelta(days=days - done), min(AT_ONCE, days - done)
        async with ctx.db.transaction() as tx:
            await postgres.make_days(tx, first, first + timedelta(days=some - 1))
            zone = ctx.settings.reporting_zone
            await tx.execute(_VIEWS, {"first": first, "days": some, "done": done, "zone": zone})
            changed = "INSERT INTO traffic_changed SELECT CAST(:first AS date) + d FROM generate_series(0, :last) AS d"
            await tx.execute(text(changed).bindparams(first=first, last=some - 1))
