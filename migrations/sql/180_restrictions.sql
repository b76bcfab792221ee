-- What binds a company stands in its own row, so that whoever asks who it is learns it with the same look. Only a change
-- of a restriction writes it. Whoever relies on it locks the row, and so waits for who is placing a restriction.
CREATE FUNCTION bind_organisation() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM organisation WHERE id = NEW.organisation_id FOR NO KEY UPDATE;  -- two at once would each miss the other
    UPDATE organisation SET bound = coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', r.id, 'scopes', r.scopes, 'until', r.expires_at) ORDER BY r.id)
          FROM restriction r
         WHERE r.organisation_id = NEW.organisation_id AND r.state = 'in_force' AND r.scopes <> '{}'), '[]')
     WHERE id = NEW.organisation_id;
    RETURN NULL;
END $$;
CREATE TRIGGER bind_organisation AFTER INSERT OR UPDATE OF state ON restriction
    FOR EACH ROW EXECUTE FUNCTION bind_organisation();

CREATE FUNCTION keep_bound() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'what binds a company follows from its restrictions'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_bound BEFORE UPDATE OF bound ON organisation
    FOR EACH ROW WHEN (NEW.bound IS DISTINCT FROM OLD.bound) EXECUTE FUNCTION keep_bound();
CREATE TRIGGER unbound_at_first BEFORE INSERT ON organisation
    FOR EACH ROW WHEN (NEW.bound <> '[]') EXECUTE FUNCTION keep_bound();

-- A restriction is what it was placed as. Where it stands is told once each: when it began, was read, ended, was published.
CREATE FUNCTION keep_restriction() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    told text[] := ARRAY['agreed_by', 'starts_at', 'expires_at', 'review_on', 'appeal_until', 'read_at', 'read_by',
                         'ended_at', 'ended_by', 'publish_by', 'published_at', 'published_by'];
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
BEGIN
    IF TG_OP = 'DELETE'
       OR before - told - ARRAY['state', 'ended_because', 'published_name']
          <> after - told - ARRAY['state', 'ended_because', 'published_name']
       OR EXISTS (SELECT FROM unnest(told) AS name
                   WHERE before -> name <> 'null' AND before -> name <> after -> name)
       OR (OLD.ended_because <> '' AND OLD.ended_because <> NEW.ended_because)
       OR (OLD.published_name <> '' AND OLD.published_name <> NEW.published_name)
       OR (OLD.state <> NEW.state AND OLD.state NOT IN ('proposed', 'in_force')) THEN
        RAISE EXCEPTION 'restriction % stays what it is', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_restriction BEFORE UPDATE OR DELETE ON restriction
    FOR EACH ROW EXECUTE FUNCTION keep_restriction();
CREATE TRIGGER keep_restrictions BEFORE TRUNCATE ON restriction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The appeal is decided once, and by neither of those who placed what it is against.
CREATE FUNCTION keep_appeal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'filed'
       OR (OLD.restriction_id, OLD.statement_id, OLD.filed_at, OLD.due_at)
          IS DISTINCT FROM (NEW.restriction_id, NEW.statement_id, NEW.filed_at, NEW.due_at) THEN
        RAISE EXCEPTION 'appeal % is decided once', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM restriction r
                WHERE r.id = NEW.restriction_id AND NEW.decided_by IN (r.placed_by, r.agreed_by)) THEN
        RAISE EXCEPTION 'appeal % is decided by another person', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_appeal BEFORE UPDATE OR DELETE ON restriction_appeal
    FOR EACH ROW EXECUTE FUNCTION keep_appeal();
CREATE TRIGGER keep_appeals BEFORE TRUNCATE ON restriction_appeal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

SELECT make_append_only('restriction_statement');
SELECT make_append_only('violation_point');
SELECT make_append_only('authority_finding');

-- The files of statements and findings are needed.
CREATE OR REPLACE VIEW kept_file (key) AS
    SELECT coalesce(f.file ->> 'key', left(f.file ->> 'sha256', 2) || '/' || (f.file ->> 'sha256')) FROM (
        SELECT files FROM inquiry
        UNION ALL SELECT files FROM message
        UNION ALL SELECT terms -> 'annexes' FROM contract
        UNION ALL SELECT terms -> 'annexes' FROM contract_revision
        UNION ALL SELECT documents FROM shipment
        UNION ALL SELECT proof FROM shipment
        UNION ALL SELECT files FROM milestone_submission
        UNION ALL SELECT files FROM settlement_proposal
        UNION ALL SELECT jsonb_build_array(file) FROM received_document
        UNION ALL SELECT documents FROM verification_request
    ) AS kept (files) CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(kept.files) WHEN 'array' THEN kept.files ELSE '[]' END) AS f (file)
    UNION ALL SELECT left(file_hash, 2) || '/' || file_hash FROM contract_file c
               WHERE NOT forgotten('contract', c.contract_id)
    UNION ALL SELECT pdf_key FROM contract
    UNION ALL SELECT file_key FROM contract
    UNION ALL SELECT pdf_key FROM trade_document
    UNION ALL SELECT ubl_key FROM trade_document
    UNION ALL SELECT file_key FROM bundle
    UNION ALL SELECT file_key FROM product_import
    UNION ALL SELECT key FROM picture_file
    UNION ALL SELECT file_key FROM payment_run
    UNION ALL SELECT file_key FROM statement_file
    UNION ALL SELECT key FROM spooled_file
    UNION ALL SELECT f.file ->> 'key' FROM restriction_statement s, jsonb_array_elements(s.files) AS f (file)
    UNION ALL SELECT f.file ->> 'key' FROM authority_finding a, jsonb_array_elements(a.files) AS f (file);
