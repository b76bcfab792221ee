-- The ends of chains, locked for this transaction in the order in which they are named: then nobody else appends to
-- them. In one call, for each of its statements sees what was committed before it began.
CREATE FUNCTION lock_chains(types text[], ids uuid[])
RETURNS TABLE (type text, id uuid, seq bigint, hash bytea) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(asked.type || ':' || asked.id, 0))
       FROM unnest(types, ids) AS asked (type, id);
    RETURN QUERY
        SELECT asked.type, asked.id, head.seq, head.hash
          FROM unnest(types, ids) AS asked (type, id)
         CROSS JOIN LATERAL (SELECT l.seq, l.hash FROM evidence_link l
                              WHERE l.subject_type = asked.type AND l.subject_id = asked.id
                              ORDER BY l.seq DESC LIMIT 1) AS head;
END $$;

-- Lines of bank statements stay, also all at once.
CREATE TRIGGER bank_lines_stay BEFORE TRUNCATE ON bank_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
