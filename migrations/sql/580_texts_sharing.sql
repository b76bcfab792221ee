-- Texts of a kind that share a band with these, of others and of the own company, so many of each at most; and those that
-- the subject itself has. By the index of bands: of elements that all differ the planner believes each to stand in half a
-- percent of rows, and from some 100,000 texts on would rather read them all until it has enough.
CREATE FUNCTION texts_sharing(shared bigint[], kind text, subject uuid, company uuid, most integer)
    RETURNS TABLE (subject_id uuid, organisation_id uuid, language text, bands bigint[], seen_at timestamptz)
    LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_seqscan = off SET enable_indexscan = off AS $$
    (SELECT t.subject_id, t.organisation_id, t.language, t.bands, t.seen_at FROM risk_text t
      WHERE t.bands && shared AND t.subject_type = kind AND t.subject_id <> subject AND t.organisation_id <> company
      LIMIT most)
    UNION ALL
    (SELECT t.subject_id, t.organisation_id, t.language, t.bands, t.seen_at FROM risk_text t
      WHERE t.bands && shared AND t.subject_type = kind AND t.subject_id <> subject AND t.organisation_id = company
      LIMIT most)
    UNION ALL
    SELECT t.subject_id, t.organisation_id, t.language, t.bands, t.seen_at FROM risk_text t
     WHERE t.subject_type = kind AND t.subject_id = subject
$$;
