"""A day's figures from its events: who was a person, which views make a visit, and how many of each.

Filters, in this order: staff; declared crawlers; data centres without a beacon that day; more than 60 views in a minute
or 2,000 in a day by one visitor; browsers driven by a program; devices that stepped into the trap. Of
people's views, one of the same page by the same visitor within a second of the one before is a reload. A visit is a
visitor's views with less than 30 minutes between them; another campaign's link begins another. It belongs to the day on
which it began, whole, also past midnight.

The result depends on the events alone: not on their order, nor on how often or when it is computed.
"""

from datetime import date, timedelta

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.traffic.models import DAILY, SIGNED_IN
from app.traffic.recording import VISIT_GAP

RULES = {
    "most_a_minute": 60,
    "most_a_day": 2_000,
    "reload": timedelta(seconds=1),
    "gap": VISIT_GAP,
    "kept_by_name": 200,  # of referrers and campaigns: the rest of a day stand together under `*`
}
LOCK = 7_067_584_915

# Orders name every column that matters, byte by byte: events of the same microsecond are told apart alike everywhere.
# A member's mark is the same every day; a device's is not. Who goes on past midnight is known there by both marks, and
# stays the person of the first: `midnights` has the links, followed over two of them.
_ROLL_UP = text("""
WITH signs AS MATERIALIZED (
    SELECT day, device, bool_or(kind = 'beacon') AS beacon, bool_or(kind = 'trap') AS trapped,
           bool_or(kind = 'beacon' AND bot = 'headless') AS driven
      FROM web_event WHERE day BETWEEN :before AND :after AND kind <> 'view' GROUP BY day, device
), views AS MATERIALIZED (
    SELECT e.*, coalesce(s.beacon, false) AS beacon, coalesce(s.trapped, false) AS trapped,
           coalesce(s.driven, false) AS driven,
           lag(e.at, CAST(:most_a_minute AS integer)) OVER visitors > e.at - interval '1 minute' AS fast,
           count(*) OVER (PARTITION BY e.day, e.visitor) > CAST(:most_a_day AS integer) AS many,
           lag(e.at) OVER (PARTITION BY e.day, e.visitor, e.page
                           ORDER BY e.at, e.device, e.source COLLATE "C", e.channel COLLATE "C", e.referrer COLLATE "C",
                                    e.country COLLATE "C", e.browser COLLATE "C", e.bot COLLATE "C",
                                    e.route COLLATE "C", e.subject_type COLLATE "C", e.subject_key COLLATE "C",
                                    e.hosted, e.staff)
               >= e.at - CAST(:reload AS interval) AS reload
      FROM web_event e LEFT JOIN signs s USING (day, device)
     WHERE e.day BETWEEN :before AND :after AND e.kind = 'view'
    WINDOW visitors AS (PARTITION BY e.day, e.visitor ORDER BY e.at)
), judged AS MATERIALIZED (
    SELECT v.*, CASE
           WHEN staff THEN 'staff'
           WHEN bot = 'crawler' THEN 'crawler'
           WHEN hosted AND NOT beacon THEN 'hosted'
           WHEN many OR coalesce(bool_or(fast) OVER whole, false) THEN 'rate'
           WHEN bot = 'headless' OR driven THEN 'headless'
           WHEN trapped THEN 'trap'
           WHEN reload THEN 'reload'
           ELSE '' END AS why_not
      FROM views v WINDOW whole AS (PARTITION BY day, visitor)
), people AS MATERIALIZED (
    SELECT * FROM judged WHERE why_not = ''
), last_seen AS (
    SELECT day, device, max(at) AS at FROM people WHERE NOT signed_in GROUP BY day, device
), first_seen AS (
    SELECT day, device, device_before, min(at) AS at FROM people
     WHERE NOT signed_in AND device_before IS NOT NULL GROUP BY day, device, device_before
), midnights AS (
    SELECT f.day, f.device, f.device_before FROM first_seen f
      JOIN last_seen l ON l.day = f.day - 1 AND l.device = f.device_before AND l.at > f.at - CAST(:gap AS interval)
), persons AS (
    SELECT p.*, CASE WHEN p.signed_in THEN p.visitor
                     ELSE coalesce(m2.device_before, m1.device_before, p.device) END AS person,
           row_number() OVER (ORDER BY p.at, p.visitor, p.page, p.source COLLATE "C", p.channel COLLATE "C",
                                       p.referrer COLLATE "C", p.country COLLATE "C", p.browser COLLATE "C") AS n
      FROM people p
      LEFT JOIN midnights m1 ON m1.day = p.day AND m1.device = p.device
      LEFT JOIN midnights m2 ON m2.day = p.day - 1 AND m2.device = m1.device_before
), pauses AS (
    SELECT *, coalesce(lag(at) OVER (PARTITION BY person ORDER BY n) <= at - CAST(:gap AS interval), true) AS pause
      FROM persons
), stretches AS (
    SELECT *, count(*) FILTER (WHERE pause) OVER moves AS stretch,
           count(*) FILTER (WHERE source <> '') OVER moves AS named
      FROM pauses WINDOW moves AS (PARTITION BY person ORDER BY n)
), campaigns AS (
    SELECT *, max(source) OVER (PARTITION BY person, stretch, named) AS in_force FROM stretches
), turns AS (
    SELECT *, pause OR (source <> '' AND source <> lag(in_force) OVER (PARTITION BY person ORDER BY n)) AS turn
      FROM campaigns
), numbered AS (
    SELECT *, count(*) FILTER (WHERE turn) OVER (PARTITION BY person ORDER BY n) AS visit FROM turns
), visits AS (
    SELECT count(*) AS views, floor(extract(epoch FROM max(at) - min(at)))::bigint AS seconds,
           max(day) FILTER (WHERE turn) AS day, max(country) FILTER (WHERE turn) AS country,
           max(channel) FILTER (WHERE turn) AS channel, max(referrer) FILTER (WHERE turn) AS referrer,
           max(source) FILTER (WHERE turn) AS source, max(browser) FILTER (WHERE turn) AS browser
      FROM numbered GROUP BY person, visit
), begun AS MATERIALIZED (
    SELECT * FROM visits WHERE day = :day
), seen AS MATERIALIZED (
    SELECT * FROM people WHERE day = :day
), marks AS (
    INSERT INTO traffic_signed_in (day, visitor) SELECT DISTINCT day, visitor FROM seen WHERE signed_in
), facets (facet, key, views, visits, visitors, bounces, seconds, median_seconds) AS (
    SELECT 'all', '', (SELECT count(*) FROM seen), count(*), (SELECT count(DISTINCT visitor) FROM seen),
           count(*) FILTER (WHERE views = 1), coalesce(sum(seconds), 0),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds)::integer
      FROM begun
    UNION ALL
    SELECT 'country', country, coalesce(s.views, 0), coalesce(b.visits, 0), coalesce(s.visitors, 0),
           coalesce(b.bounces, 0), coalesce(b.seconds, 0), NULL
      FROM (SELECT country, count(*) AS views, count(DISTINCT visitor) AS visitors FROM seen GROUP BY country) s
      FULL JOIN (SELECT country, count(*) AS visits, count(*) FILTER (WHERE views = 1) AS bounces,
                        sum(seconds) AS seconds FROM begun GROUP BY country) b USING (country)
    UNION ALL
    SELECT facet, CASE WHEN place > CAST(:kept_by_name AS integer) THEN '*' ELSE key END,
           sum(views), sum(visits), NULL, sum(bounces), sum(seconds), NULL
      FROM (SELECT facet, key, sum(views) AS views, count(*) AS visits, count(*) FILTER (WHERE views = 1) AS bounces,
                   sum(seconds) AS seconds,
                   row_number() OVER (PARTITION BY facet ORDER BY count(*) DESC, key COLLATE "C") AS place
              FROM begun CROSS JOIN LATERAL (VALUES ('channel', channel), ('referrer', referrer), ('source', source),
                                                    ('browser', browser)) AS known (facet, key)
             WHERE key <> '' GROUP BY facet, key) AS found GROUP BY 1, 2
    UNION ALL
    SELECT 'route', route, count(*), NULL, count(DISTINCT visitor), NULL, NULL, NULL FROM seen GROUP BY route
    UNION ALL
    SELECT subject_type, subject_key, count(*), NULL, count(DISTINCT visitor), NULL, NULL, NULL
      FROM seen WHERE subject_type <> '' GROUP BY subject_type, subject_key
    UNION ALL
    SELECT 'out', why_not, count(*), NULL, count(DISTINCT visitor), NULL, NULL, NULL
      FROM judged WHERE day = :day AND why_not <> '' GROUP BY why_not
)
INSERT INTO traffic_daily (day, facet, key, views, visits, visitors, bounces, seconds, median_seconds, computed_at)
SELECT :day, facet, key, views, visits, visitors, bounces, seconds, median_seconds, :now FROM facets
""")


async def roll_up(tx: AsyncSession, day: date) -> None:
    """Compute a day anew from its events and those of the days beside it. One at a time; the figures change at once."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=LOCK))
    await tx.execute(delete(DAILY).where(DAILY.c.day == day))
    await tx.execute(delete(SIGNED_IN).where(SIGNED_IN.c.day == day))
    beside = {"before": day - timedelta(days=1), "day": day, "after": day + timedelta(days=1)}
    await tx.execute(_ROLL_UP, {**RULES, **beside, "now": clock.now()})
