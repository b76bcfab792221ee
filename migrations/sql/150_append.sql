-- Links in one call: their chains are locked in the order of their names, then each continues its chain. Canonical bytes
-- are put together here, for only behind the lock is a link's number known (app/core/evidence.py says what they are).
-- `parts` are the personal values of the links: of which link, by its place from 1, the name, salt and JSON.
CREATE FUNCTION append_links(ids uuid[], types text[], subjects uuid[], kinds text[], data text[], by uuid,
                             at timestamptz, part_of int[], names text[], salts bytea[], contents text[])
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moment CONSTANT text := to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00';
    head record;
    said text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(chain, 0))
       FROM (SELECT DISTINCT asked.type || ':' || asked.id AS chain FROM unnest(types, subjects) AS asked (type, id)
              ORDER BY chain) AS chains;
    FOR n IN 1 .. cardinality(ids) LOOP
        SELECT l.seq, l.hash INTO head FROM evidence_link l
         WHERE l.subject_type = types[n] AND l.subject_id = subjects[n] ORDER BY l.seq DESC LIMIT 1;
        head.seq := coalesce(head.seq, 0) + 1;
        head.hash := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
        said := '{"actor":' || coalesce('"' || by || '"', 'null') || ',"at":"' || moment || '","data":' || data[n]
                || ',"kind":' || to_json(kinds[n]) || ',"seq":' || head.seq
                || ',"subject":' || to_json(types[n] || ':' || subjects[n]) || '}';
        INSERT INTO evidence_link (id, subject_type, subject_id, seq, kind, canonical, actor, at, previous, hash)
        VALUES (ids[n], types[n], subjects[n], head.seq, kinds[n], said, by, at, head.hash,
                sha256(head.hash || convert_to(said, 'UTF8')));
    END LOOP;
    INSERT INTO evidence_private (link_id, name, salt, value)
    SELECT ids[part.of], part.name, part.salt, part.value
      FROM unnest(part_of, names, salts, contents) AS part (of, name, salt, value);
END $$;
