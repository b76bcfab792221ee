-- A version of a rule: its text stays from the day it is up for comments, all of it once it is published or withdrawn.
-- A change is published after seven days of comments at least, each of them answered, by another person than drafted it,
-- and seven days at least before the beginning (UTC) of the day from which it is in force: E-Commerce Law (PRC) art. 34.
-- Before the first text of a rule there is none to be surprised by.
CREATE FUNCTION keep_rule_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    may_change CONSTANT text[] := ARRAY['state', 'published_by', 'published_at', 'effective_from'];
    why text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a version of a rule begins as a draft' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state IN ('published', 'withdrawn')
       OR (NEW.id, NEW.code, NEW.number) IS DISTINCT FROM (OLD.id, OLD.code, OLD.number)
       OR (OLD.state = 'consultation' AND to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change) THEN
        RAISE EXCEPTION 'version % of rule % stays as it was', OLD.number, OLD.code
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'published' THEN
        -- Two published at once would not see each other.
        PERFORM pg_advisory_xact_lock(hashtextextended('rule:' || NEW.code, 0));
        SELECT CASE
            WHEN NEW.published_at IS NULL OR NEW.effective_from IS NULL THEN 'it has no day'
            WHEN NOT EXISTS (SELECT FROM rule_version v WHERE v.code = NEW.code AND v.state = 'published') THEN NULL
            WHEN OLD.state <> 'consultation' OR OLD.opened_at IS NULL THEN 'nobody was asked'
            WHEN OLD.comments_until < OLD.opened_at + interval '7 days' OR NEW.published_at < OLD.comments_until
                THEN 'its consultation is not over'
            WHEN NEW.effective_from::timestamp AT TIME ZONE 'UTC' < NEW.published_at + interval '7 days'
                THEN 'its notice is too short'
            WHEN NEW.effective_from <= (SELECT max(v.effective_from) FROM rule_version v
                                         WHERE v.code = NEW.code AND v.state = 'published')
                THEN 'a later one is published'
            WHEN EXISTS (SELECT FROM rule_comment c WHERE c.version_id = NEW.id AND c.answered_at IS NULL)
                THEN 'comments wait for an answer'
            WHEN NEW.published_by IS NULL OR NEW.published_by = OLD.drafted_by THEN 'it needs a second person'
        END INTO why;
        IF why IS NOT NULL THEN
            RAISE EXCEPTION 'version % of rule % cannot be published: %', OLD.number, OLD.code, why
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_rule_version BEFORE INSERT OR UPDATE OR DELETE ON rule_version
    FOR EACH ROW EXECUTE FUNCTION keep_rule_version();
CREATE TRIGGER keep_rule_versions BEFORE TRUNCATE ON rule_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON rule_version FROM portolan_app;

-- A comment is made while they are asked for; the answer comes to it once.
CREATE FUNCTION keep_rule_comment() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['answer', 'withheld', 'answered_by', 'answered_at'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM rule_version v WHERE v.id = NEW.version_id AND v.state = 'consultation'
                          AND NEW.at < v.comments_until) OR NEW.answered_at IS NOT NULL THEN
            RAISE EXCEPTION 'no comments are asked for' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.answered_at IS NOT NULL OR NEW.answered_at IS NULL OR NEW.answer = ''
       OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'comment % stays as it was', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_rule_comment BEFORE INSERT OR UPDATE OR DELETE ON rule_comment
    FOR EACH ROW EXECUTE FUNCTION keep_rule_comment();
CREATE TRIGGER keep_rule_comments BEFORE TRUNCATE ON rule_comment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON rule_comment FROM portolan_app;

SELECT make_append_only('rule_acceptance');

-- Whether a company has yet to accept an agreement that is in force: the user agreement, and the merchant agreement if
-- it sells. Asked with every request of a member.
CREATE FUNCTION agreement_due(company uuid, selling boolean, today date) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM (SELECT DISTINCT ON (v.code) v.id FROM rule_version v
                      WHERE v.state = 'published' AND v.effective_from <= today
                        AND (v.code = 'user-agreement' OR (selling AND v.code = 'merchant-agreement'))
                      ORDER BY v.code, v.effective_from DESC) AS standing
         WHERE NOT EXISTS (SELECT FROM rule_acceptance a
                            WHERE a.organisation_id = company AND a.version_id = standing.id))
$$;

-- What the operator published of itself stays known.
SELECT make_append_only('operator_facts');
CREATE FUNCTION keep_operator_licence() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    ended CONSTANT text[] := ARRAY['ended_by', 'ended_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
       OR to_jsonb(NEW) - ended IS DISTINCT FROM to_jsonb(OLD) - ended THEN
        RAISE EXCEPTION 'licence % stays as it was', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_operator_licence BEFORE UPDATE OR DELETE ON operator_licence
    FOR EACH ROW EXECUTE FUNCTION keep_operator_licence();
CREATE TRIGGER keep_operator_licences BEFORE TRUNCATE ON operator_licence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON operator_licence FROM portolan_app;
