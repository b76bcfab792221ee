-- What was noticed when, by whom, and whether it was a drill stays; duties are done once, or found not to be needed by two
-- people; what was sent stays as it was sent. GDPR art. 33, 34; Personal Information Protection Law (PRC) art. 57;
-- Measures for Reporting National Cybersecurity Incidents (PRC).

SELECT make_append_only('incident_notice');
SELECT make_append_only('incident_company');
SELECT make_append_only('notice_letter');

CREATE FUNCTION keep_incident() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    words CONSTANT text[] := ARRAY['title', 'happened', 'consequences', 'measures', 'forgotten_at'];
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.number, NEW.drill, NEW.detected_at, NEW.reported_at, NEW.reported_by) IS DISTINCT FROM
          (OLD.id, OLD.number, OLD.drill, OLD.detected_at, OLD.reported_at, OLD.reported_by)
       OR NEW.contained_at IS DISTINCT FROM OLD.contained_at AND OLD.contained_at IS NOT NULL
       OR NEW.happened <> OLD.happened AND NEW.forgotten_at IS NULL
       OR OLD.ended_at IS NOT NULL AND to_jsonb(NEW) - words IS DISTINCT FROM to_jsonb(OLD) - words
       OR NEW.forgotten_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at > now() - interval '3 years') THEN
        RAISE EXCEPTION 'incident % stays as it was reported', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'closed' AND OLD.state <> 'closed' AND EXISTS (
           SELECT FROM incident_duty d WHERE d.incident_id = NEW.id AND d.state IN ('due', 'proposed')) THEN
        RAISE EXCEPTION 'incident % still brings duties', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_incident BEFORE UPDATE OR DELETE ON incident FOR EACH ROW EXECUTE FUNCTION keep_incident();
CREATE TRIGGER keep_incidents BEFORE TRUNCATE ON incident FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON incident FROM portolan_app;

CREATE FUNCTION keep_incident_duty() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    words CONSTANT text[] := ARRAY['file', 'delay', 'reason', 'alarmed_at'];
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.incident_id, NEW.kind, NEW.began_at, NEW.due_at) IS DISTINCT FROM
          (OLD.id, OLD.incident_id, OLD.kind, OLD.began_at, OLD.due_at)
       OR OLD.state IN ('done', 'waived') AND to_jsonb(NEW) - words IS DISTINCT FROM to_jsonb(OLD) - words
       OR OLD.state IN ('done', 'waived') AND (NEW.file, NEW.delay, NEW.reason) IS DISTINCT FROM
          (OLD.file, OLD.delay, OLD.reason)
          AND NOT EXISTS (SELECT FROM incident i WHERE i.id = OLD.incident_id AND i.forgotten_at IS NOT NULL)
       OR NEW.state = 'waived' AND OLD.state <> 'proposed' AND OLD.state <> 'waived' THEN
        RAISE EXCEPTION 'duty % stays as it was done', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_incident_duty BEFORE UPDATE OR DELETE ON incident_duty
    FOR EACH ROW EXECUTE FUNCTION keep_incident_duty();
CREATE TRIGGER keep_incident_duties BEFORE TRUNCATE ON incident_duty
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON incident_duty FROM portolan_app;

CREATE FUNCTION keep_company_notice() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    reading CONSTANT text[] := ARRAY['read_at', 'read_by'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.read_at IS NOT NULL
       OR to_jsonb(NEW) - reading IS DISTINCT FROM to_jsonb(OLD) - reading THEN
        RAISE EXCEPTION 'notice % stays as it was sent', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_company_notice BEFORE UPDATE OR DELETE ON company_notice
    FOR EACH ROW EXECUTE FUNCTION keep_company_notice();
CREATE TRIGGER keep_company_notices BEFORE TRUNCATE ON company_notice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON company_notice FROM portolan_app;

-- Whose request it is and when it came stays; what is given to a foreign organ needs the approval of the competent
-- Chinese authority, for which two people stand, whoever writes here. E-Commerce Law (PRC) art. 25; PIPL art. 41.
CREATE FUNCTION authority_stopped(request uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT r.state <> 'review'
           OR r.country <> 'CN' AND NOT EXISTS (
              SELECT FROM authority_approval a WHERE a.request_id = r.id AND a.state = 'agreed')
      FROM authority_request r WHERE r.id = request
$$;

CREATE FUNCTION keep_authority_request() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.number, NEW.kind, NEW.organ, NEW.country, NEW.document_number, NEW.basis, NEW.secret,
           NEW.tell_after, NEW.received_at, NEW.due_at, NEW.entered_by, NEW.entered_at) IS DISTINCT FROM
          (OLD.id, OLD.number, OLD.kind, OLD.organ, OLD.country, OLD.document_number, OLD.basis, OLD.secret,
           OLD.tell_after, OLD.received_at, OLD.due_at, OLD.entered_by, OLD.entered_at)
       OR (NEW.asked, NEW.about, NEW.letter) IS DISTINCT FROM (OLD.asked, OLD.about, OLD.letter)
          AND NEW.forgotten_at IS NULL
       OR OLD.ended_at IS NOT NULL AND (NEW.state, NEW.ended_at) IS DISTINCT FROM (OLD.state, OLD.ended_at)
       OR NEW.forgotten_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at > now() - interval '3 years') THEN
        RAISE EXCEPTION 'request % stays as it came', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'review' AND OLD.state <> 'review' AND NEW.country <> 'CN' AND NOT EXISTS (
           SELECT FROM authority_approval a WHERE a.request_id = NEW.id AND a.state = 'agreed') THEN
        RAISE EXCEPTION 'request % of a foreign organ is not approved', OLD.number
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_authority_request BEFORE UPDATE OR DELETE ON authority_request
    FOR EACH ROW EXECUTE FUNCTION keep_authority_request();
CREATE TRIGGER keep_authority_requests BEFORE TRUNCATE ON authority_request
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON authority_request FROM portolan_app;

CREATE FUNCTION keep_authority_approval() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    deciding CONSTANT text[] := ARRAY['state', 'decided_by', 'decided_at'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'entered' THEN
            RAISE EXCEPTION 'an approval is agreed by a second person' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
       OR to_jsonb(NEW) - deciding - 'file' IS DISTINCT FROM to_jsonb(OLD) - deciding - 'file'
       OR OLD.state <> 'entered' AND (NEW.state, NEW.decided_by, NEW.decided_at) IS DISTINCT FROM
          (OLD.state, OLD.decided_by, OLD.decided_at)
       OR NEW.file IS DISTINCT FROM OLD.file AND NOT EXISTS (
          SELECT FROM authority_request r WHERE r.id = OLD.request_id AND r.forgotten_at IS NOT NULL) THEN
        RAISE EXCEPTION 'approval % stays as it was entered', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_authority_approval BEFORE INSERT OR UPDATE OR DELETE ON authority_approval
    FOR EACH ROW EXECUTE FUNCTION keep_authority_approval();
CREATE TRIGGER keep_authority_approvals BEFORE TRUNCATE ON authority_approval
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON authority_approval FROM portolan_app;

CREATE FUNCTION keep_authority_package() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moving CONSTANT text[] := ARRAY['state', 'decided_by', 'decided_at', 'given_to', 'given_at', 'file_key', 'sent_key'];
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.state <> 'composed' OR authority_stopped(NEW.request_id))
       OR TG_OP = 'UPDATE' AND NEW.state IN ('agreed', 'given') AND NEW.state <> OLD.state
          AND authority_stopped(NEW.request_id) THEN
        RAISE EXCEPTION 'nothing is given for request %: it stands still', NEW.request_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
       OR to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving
       OR NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
          (('composed', 'agreed'), ('composed', 'refused'), ('agreed', 'given'))
       OR OLD.decided_by IS NOT NULL AND NEW.decided_by IS DISTINCT FROM OLD.decided_by
       OR OLD.given_to IS NOT NULL AND (NEW.given_to, NEW.given_at) IS DISTINCT FROM (OLD.given_to, OLD.given_at) THEN
        RAISE EXCEPTION 'package % stays as it was composed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_authority_package BEFORE INSERT OR UPDATE OR DELETE ON authority_package
    FOR EACH ROW EXECUTE FUNCTION keep_authority_package();
CREATE TRIGGER keep_authority_packages BEFORE TRUNCATE ON authority_package
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON authority_package FROM portolan_app;

CREATE FUNCTION keep_authority_telling() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.package_id, NEW.organisation_id) IS DISTINCT FROM (OLD.package_id, OLD.organisation_id)
       OR OLD.tell_at IS NOT NULL AND NEW.tell_at IS DISTINCT FROM OLD.tell_at
       OR OLD.told_at IS NOT NULL AND NEW.told_at IS DISTINCT FROM OLD.told_at
       OR NEW.told_at IS NOT NULL AND NEW.tell_at IS NULL THEN
        RAISE EXCEPTION 'a company is told once of package %', OLD.package_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_authority_telling BEFORE UPDATE OR DELETE ON authority_telling
    FOR EACH ROW EXECUTE FUNCTION keep_authority_telling();
CREATE TRIGGER keep_authority_tellings BEFORE TRUNCATE ON authority_telling
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON authority_telling FROM portolan_app;

-- What authorities sent and were given, and what a report of an incident rests on, is needed by nobody's deal.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT letter ->> ''key'' FROM authority_request WHERE letter IS NOT NULL
        UNION ALL SELECT file ->> ''key'' FROM authority_approval WHERE file IS NOT NULL
        UNION ALL SELECT file_key FROM authority_package WHERE file_key <> ''''
        UNION ALL SELECT sent_key FROM authority_package WHERE sent_key <> ''''
        UNION ALL SELECT file ->> ''key'' FROM incident_duty WHERE file IS NOT NULL';
END $$;
