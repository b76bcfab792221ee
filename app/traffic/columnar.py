"""The table of events in ClickHouse, and the statements that compute a day of them: `rolling` in another dialect.

ClickHouse computes a named subquery again wherever it is named, so that what is used several times stands in temporary
tables: `judged` (each view of three days, and why it is no person's), then `begun` (the day's visits). Moments are
compared as whole microseconds. Frames of `lagInFrame` reach back to the first row; it tells 0 or "" where there is no
row before, unless what it looks at may be null.
"""

SETTINGS = ("join_use_nulls", "do_not_merge_across_partitions_select_final")
"""What is on: nulls where a join found nothing, as the standard says; and the same event only on the same day."""

COLUMNS = {
    "writer": "UUID",
    "batch": "UInt32",
    "line": "UInt32",
    "day": "Date",
    "at": "DateTime64(6, 'UTC')",
    "kind": "LowCardinality(String)",
    "device": "FixedString(16)",
    "device_before": "Nullable(FixedString(16))",
    "visitor": "FixedString(16)",
    "signed_in": "Bool",
    "staff": "Bool",
    "page": "Int64",
    "route": "LowCardinality(String)",
    "subject_type": "LowCardinality(String)",
    "subject_key": "String",
    "country": "LowCardinality(String)",
    "hosted": "Bool",
    "browser": "LowCardinality(String)",
    "bot": "LowCardinality(String)",
    "referrer": "String",
    "channel": "LowCardinality(String)",
    "source": "String",
    "medium": "String",
    "campaign": "String",
}
"""`models.EVENT`, after what tells one event from all others: its writer, the batch, the line in it."""

CREATE = f"""
CREATE TABLE IF NOT EXISTS web_event ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())})
ENGINE = ReplacingMergeTree PARTITION BY day ORDER BY (writer, batch, line)
"""
"""A batch that was written twice is there once: in queries by FINAL, and on disk when parts have been merged."""

DAYS = """
SELECT DISTINCT partition FROM system.parts
 WHERE database = currentDatabase() AND table = 'web_event' AND active AND toDate(partition) < {before:Date}
"""

JUDGED = """
CREATE OR REPLACE TEMPORARY TABLE judged ENGINE = MergeTree ORDER BY tuple() AS
WITH events AS (
    SELECT *, toUnixTimestamp64Micro(at) AS moment FROM web_event FINAL
     WHERE day BETWEEN {before:Date} AND {after:Date}
), signs AS (
    SELECT day, device, max(kind = 'beacon') AS beacon, max(kind = 'trap') AS trapped,
           max(kind = 'beacon' AND bot = 'headless') AS driven
      FROM events WHERE kind <> 'view' GROUP BY day, device
), views AS (
    SELECT e.day AS day, e.moment AS moment, e.device AS device, e.device_before AS device_before,
           e.visitor AS visitor, e.signed_in AS signed_in, e.staff AS staff, e.page AS page, e.route AS route,
           e.subject_type AS subject_type, e.subject_key AS subject_key, e.country AS country, e.hosted AS hosted,
           e.browser AS browser, e.bot AS bot, e.referrer AS referrer, e.channel AS channel, e.source AS source,
           coalesce(s.beacon, 0) AS beacon, coalesce(s.trapped, 0) AS trapped, coalesce(s.driven, 0) AS driven
      FROM events e LEFT JOIN signs s ON s.day = e.day AND s.device = e.device
     WHERE e.kind = 'view'
), looked AS (
    SELECT *,
           lagInFrame(toNullable(moment), {most_a_minute:UInt32}) OVER (
               PARTITION BY day, visitor ORDER BY moment ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
               > moment - 60000000 AS fast,
           count() OVER (PARTITION BY day, visitor) > {most_a_day:UInt32} AS many,
           lagInFrame(toNullable(moment)) OVER (
               PARTITION BY day, visitor, page
               ORDER BY moment, device, source, channel, referrer, country, browser, bot, route, subject_type,
                        subject_key, hosted, staff
               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= moment - {reload:Int64} AS again
      FROM views
)
SELECT day, moment, device, device_before, visitor, signed_in, page, route, subject_type, subject_key, country,
       browser, referrer, channel, source,
       multiIf(staff, 'staff',
               bot = 'crawler', 'crawler',
               hosted AND NOT beacon, 'hosted',
               many OR coalesce(max(fast) OVER (PARTITION BY day, visitor), 0), 'rate',
               bot = 'headless' OR driven, 'headless',
               trapped, 'trap',
               coalesce(again, 0), 'reload',
               '') AS why_not
  FROM looked
"""

BEGUN = """
CREATE OR REPLACE TEMPORARY TABLE begun ENGINE = MergeTree ORDER BY tuple() AS
WITH people AS (
    SELECT * FROM judged WHERE why_not = ''
), last_seen AS (
    SELECT day, device, max(moment) AS latest FROM people WHERE NOT signed_in GROUP BY day, device
), first_seen AS (
    SELECT day, device, device_before, min(moment) AS earliest FROM people
     WHERE NOT signed_in AND device_before IS NOT NULL GROUP BY day, device, device_before
), midnights AS (
    SELECT f.day AS day, f.device AS device, f.device_before AS device_before
      FROM first_seen f JOIN last_seen l ON l.day = f.day - 1 AND l.device = f.device_before
     WHERE l.latest > f.earliest - {gap:Int64}
), persons AS (
    SELECT p.day AS day, p.moment AS moment, p.page AS page, p.source AS source, p.channel AS channel,
           p.referrer AS referrer, p.country AS country, p.browser AS browser,
           if(p.signed_in, p.visitor, coalesce(m2.device_before, m1.device_before, p.device)) AS person
      FROM people p
      LEFT JOIN midnights m1 ON m1.day = p.day AND m1.device = p.device
      LEFT JOIN midnights m2 ON m2.day = p.day - 1 AND m2.device = m1.device_before
), ordered AS (
    SELECT *, row_number() OVER (PARTITION BY person
                                 ORDER BY moment, page, source, channel, referrer, country, browser) AS n
      FROM persons
), pauses AS (
    SELECT *, coalesce(lagInFrame(toNullable(moment)) OVER moves <= moment - {gap:Int64}, 1) AS pause
      FROM ordered
    WINDOW moves AS (PARTITION BY person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), stretches AS (
    SELECT *, countIf(pause) OVER moves AS stretch, countIf(source <> '') OVER moves AS named
      FROM pauses
    WINDOW moves AS (PARTITION BY person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), campaigns AS (
    SELECT *, max(source) OVER (PARTITION BY person, stretch, named) AS in_force FROM stretches
), turns AS (
    SELECT *, pause OR (source <> '' AND source <> lagInFrame(in_force) OVER moves) AS turn
      FROM campaigns
    WINDOW moves AS (PARTITION BY person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), numbered AS (
    SELECT *, countIf(turn) OVER moves AS visit
      FROM turns
    WINDOW moves AS (PARTITION BY person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT count() AS pages, intDiv(max(moment) - min(moment), 1000000) AS lasted, maxIf(day, turn) AS began,
       maxIf(country, turn) AS from_country, maxIf(channel, turn) AS by_channel, maxIf(referrer, turn) AS by_referrer,
       maxIf(source, turn) AS by_source, maxIf(browser, turn) AS by_browser
  FROM numbered GROUP BY person, visit HAVING began = {day:Date}
"""

FACETS = """
WITH seen AS (
    SELECT * FROM judged WHERE day = {day:Date} AND why_not = ''
)
SELECT 'all' AS facet, '' AS key, (SELECT count() FROM seen) AS views, count() AS visits,
       (SELECT uniqExact(visitor) FROM seen) AS visitors, countIf(pages = 1) AS bounces, sum(lasted) AS seconds,
       if(count() = 0, NULL, quantileExactLow(0.5)(lasted)) AS median_seconds
  FROM begun
UNION ALL
SELECT 'country', country, sum(views), sum(visits), sum(visitors), sum(bounces), sum(seconds), NULL
  FROM (SELECT country, count() AS views, 0 AS visits, uniqExact(visitor) AS visitors, 0 AS bounces, 0 AS seconds
          FROM seen GROUP BY country
        UNION ALL
        SELECT from_country, 0, count(), 0, countIf(pages = 1), sum(lasted) FROM begun GROUP BY from_country)
 GROUP BY country
UNION ALL
SELECT facet, if(place > {kept_by_name:UInt32}, '*', key) AS name, sum(views), sum(visits), NULL, sum(bounces),
       sum(seconds), NULL
  FROM (SELECT *, row_number() OVER (PARTITION BY facet ORDER BY visits DESC, key) AS place
          FROM (SELECT known.1 AS facet, known.2 AS key, sum(pages) AS views, count() AS visits,
                       countIf(pages = 1) AS bounces, sum(lasted) AS seconds
                  FROM begun
                 ARRAY JOIN [('channel', toString(by_channel)), ('referrer', by_referrer), ('source', by_source),
                             ('browser', toString(by_browser))] AS known
                 WHERE known.2 <> '' GROUP BY facet, key))
 GROUP BY facet, name
UNION ALL
SELECT 'route', route, count(), NULL, uniqExact(visitor), NULL, NULL, NULL FROM seen GROUP BY route
UNION ALL
SELECT subject_type, subject_key, count(), NULL, uniqExact(visitor), NULL, NULL, NULL
  FROM seen WHERE subject_type <> '' GROUP BY subject_type, subject_key
UNION ALL
SELECT 'out', why_not, count(), NULL, uniqExact(visitor), NULL, NULL, NULL
  FROM judged WHERE day = {day:Date} AND why_not <> '' GROUP BY why_not
"""

MEMBERS = "SELECT DISTINCT visitor FROM judged WHERE day = {day:Date} AND why_not = '' AND signed_in"
