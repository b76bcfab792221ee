-- A week's report is never written anew, nor what was usual on a day.
CREATE TRIGGER keep_override_report BEFORE UPDATE OR DELETE ON risk_override_report
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_override_reports BEFORE TRUNCATE ON risk_override_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_export_usual BEFORE UPDATE OR DELETE ON export_usual
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_export_usuals BEFORE TRUNCATE ON export_usual
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What somebody took out on a day only grows. It goes once no figure is made of it, by this database's own clock.
CREATE FUNCTION keep_export_day() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.day < current_date - 88 THEN
            RETURN OLD;
        END IF;
    ELSIF NEW.number > OLD.number
          AND to_jsonb(NEW) - '{number,kinds}'::text[] IS NOT DISTINCT FROM to_jsonb(OLD) - '{number,kinds}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what % took out on % only grows', OLD.member_id, OLD.day
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_export_day BEFORE UPDATE OR DELETE ON export_day
    FOR EACH ROW EXECUTE FUNCTION keep_export_day();
CREATE TRIGGER keep_export_days BEFORE TRUNCATE ON export_day
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whether two companies are one hand's, by what counts without doubt: a chain of at most four links that people have
-- confirmed, or a strong one that nobody has dismissed. As trust.credit.linking.related has it. What a company typed in
-- itself does not count: it could else keep every reviewer from its case.
CREATE FUNCTION of_one_hand(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH RECURSIVE reach(id, depth) AS (
        SELECT one, 0
        UNION
        SELECT CASE WHEN l.a_id = r.id THEN l.b_id ELSE l.a_id END, r.depth + 1
          FROM reach r JOIN party_link l ON l.state = 'confirmed' AND (l.a_id = r.id OR l.b_id = r.id)
         WHERE r.depth < 4)
    SELECT EXISTS (SELECT FROM reach WHERE id = other)
        OR EXISTS (SELECT FROM party_link WHERE strong AND state = 'found'
                      AND a_id = least(one, other) AND b_id = greatest(one, other))
$$;

-- Nobody at the desk decides what their own company sent in, nor what one did that is of one hand with it.
CREATE OR REPLACE FUNCTION not_ones_own() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM member m WHERE m.id IN (NEW.claimed_by, NEW.decided_by)
                  AND of_one_hand(m.organisation_id, NEW.organisation_id)) THEN
        RAISE EXCEPTION 'review % is of the reviewer''s own company, or of a related one', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
