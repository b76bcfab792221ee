-- What people agreed to and asked of us stays as it was said; who looked stays on record for three years; and one
-- function takes a person out of their account, in whose way time, holds and open deals stand here, whoever calls it.
-- Personal Information Protection Law (PRC) art. 14-16, 44-51; GDPR art. 7, 12, 15-21.

CREATE FUNCTION keep_consent() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['withdrawn_at', 'withdrawn_through'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.withdrawn_at IS NOT NULL
       OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'consent % stays as it was given', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_consent BEFORE UPDATE OR DELETE ON consent FOR EACH ROW EXECUTE FUNCTION keep_consent();
CREATE TRIGGER keep_consents BEFORE TRUNCATE ON consent FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON consent FROM portolan_app;

-- Whose request it is and when its time began stays; the time is extended once, and an answer is given once.
CREATE FUNCTION keep_privacy_request() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    answer CONSTANT text[] := ARRAY['decided_by', 'decided_at'];
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.number, NEW.kind, NEW.filed_at, NEW.zone) IS DISTINCT FROM
          (OLD.id, OLD.number, OLD.kind, OLD.filed_at, OLD.zone)
       OR OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.target_at, NEW.link_mark, NEW.member_id)
          IS DISTINCT FROM (OLD.confirmed_at, OLD.target_at, OLD.link_mark, OLD.member_id)
       OR OLD.due_at IS NOT NULL AND NEW.due_at IS DISTINCT FROM OLD.due_at
          AND (OLD.extended_at IS NOT NULL OR NEW.extended_at IS NULL OR NEW.due_at < OLD.due_at
               OR NEW.due_at > OLD.due_at + interval '62 days')
       OR OLD.extended_at IS NOT NULL AND NEW.extended_at IS DISTINCT FROM OLD.extended_at
       OR OLD.decided_at IS NOT NULL AND (NEW.decided_by, NEW.decided_at, NEW.state)
          IS DISTINCT FROM (OLD.decided_by, OLD.decided_at, OLD.state)
       OR NEW.decided_at IS NOT NULL AND NEW.answer_sealed IS NULL AND NEW.forgotten_at IS NULL THEN
        RAISE EXCEPTION 'request % stays as it was made and answered', OLD.number
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_privacy_request BEFORE UPDATE OR DELETE ON privacy_request
    FOR EACH ROW EXECUTE FUNCTION keep_privacy_request();
CREATE TRIGGER keep_privacy_requests BEFORE TRUNCATE ON privacy_request
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON privacy_request FROM portolan_app;

-- A look stays for three years by this server's clock, and is never changed.
CREATE FUNCTION keep_look() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '3 years' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'look % stays on record', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_look BEFORE UPDATE OR DELETE ON privacy_look FOR EACH ROW EXECUTE FUNCTION keep_look();
CREATE TRIGGER keep_looks BEFORE TRUNCATE ON privacy_look FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, TRUNCATE ON privacy_look FROM portolan_app;

CREATE FUNCTION keep_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.member_id, NEW.request_id, NEW.asked_at, NEW.due_at) IS DISTINCT FROM
          (OLD.id, OLD.member_id, OLD.request_id, OLD.asked_at, OLD.due_at)
       OR OLD.state <> 'asked' AND NEW.state <> OLD.state
       OR NEW.state = 'done' AND OLD.state = 'asked' AND NOT EXISTS (
              SELECT FROM member m WHERE m.id = NEW.member_id AND m.removed_at IS NOT NULL AND m.password_hash = '') THEN
        RAISE EXCEPTION 'erasure % stays as it was asked', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_erasure BEFORE UPDATE OR DELETE ON erasure FOR EACH ROW EXECUTE FUNCTION keep_erasure();
CREATE TRIGGER keep_erasures BEFORE TRUNCATE ON erasure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON erasure FROM portolan_app;

-- How many deals of a company are not over, and parts of them whose money is not settled.
CREATE FUNCTION open_deals(company uuid) RETURNS bigint LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT count(*) FROM inquiry i
     WHERE company IN (i.buyer_id, i.supplier_id)
       AND (EXISTS (SELECT FROM orders o WHERE o.inquiry_id = i.id
                       AND o.state NOT IN ('completed', 'refunded', 'cancelled', 'terminated'))
            OR EXISTS (SELECT FROM contract c WHERE c.inquiry_id = i.id AND c.state IN ('locked', 'signing'))
            OR EXISTS (SELECT FROM orders o JOIN escrow e ON (e.subject_type, e.subject_id) = ('order', o.id)
                         JOIN escrow_milestone m ON m.escrow_id = e.id
                        WHERE o.inquiry_id = i.id AND m.state IN ('funding', 'funded', 'frozen', 'refund_due')))
$$;

-- Why a member cannot be taken out of their account now; null when they can.
CREATE FUNCTION member_kept_because(asked uuid) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN EXISTS (SELECT FROM legal_hold h WHERE h.lifted_at IS NULL
                        AND (h.subject_type, h.subject_id) = ('organisation', m.organisation_id)) THEN 'held'
        WHEN m.removed_at IS NULL AND m.roles && ARRAY['owner', 'admin']::varchar[]
             AND NOT EXISTS (SELECT FROM member o WHERE o.organisation_id = m.organisation_id AND o.id <> m.id
                                AND o.removed_at IS NULL AND o.roles && ARRAY['owner', 'admin']::varchar[])
             AND (open_deals(m.organisation_id) > 0
                  OR EXISTS (SELECT FROM account a JOIN balance b ON b.account_id = a.id
                              WHERE (a.owner_type, a.owner_id) = ('organisation', m.organisation_id) AND b.minor <> 0)
                  OR EXISTS (SELECT FROM member o WHERE o.organisation_id = m.organisation_id AND o.id <> m.id
                                AND o.removed_at IS NULL)) THEN 'last_owner'
        END
      FROM member m WHERE m.id = asked
$$;

-- Entries of the log lose an address when the person they are of is erased, and nothing else.
CREATE FUNCTION keep_audit_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    blanks CONSTANT text[] := ARRAY['email', 'address'];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'facts' = to_jsonb(OLD) - 'facts' AND NEW.facts - blanks = OLD.facts - blanks
       AND NOT EXISTS (SELECT FROM unnest(blanks) AS name
                        WHERE NEW.facts -> name IS DISTINCT FROM OLD.facts -> name AND NEW.facts ->> name <> '')
       AND EXISTS (SELECT FROM erasure e JOIN member m ON m.id = e.member_id
                    WHERE e.state <> 'cancelled' AND e.due_at <= now()
                      AND (m.id = OLD.member_id OR m.email = OLD.facts ->> 'email')) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION keep_audit_entry();

-- Takes a person out of their account: what they signed, wrote and decided stays with "Former member" as its author, as
-- long as the law asks. Not before seven days have passed by this server's clock.
CREATE FUNCTION forget_member(asked uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    who member;
    why text;
    nobody text := asked || '@former.invalid';
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0));
    SELECT * INTO who FROM member WHERE id = asked;
    PERFORM FROM organisation WHERE id = who.organisation_id FOR NO KEY UPDATE;
    SELECT * INTO who FROM member WHERE id = asked FOR UPDATE;
    IF NOT EXISTS (SELECT FROM erasure WHERE member_id = asked AND state = 'asked' AND due_at <= now()) THEN
        why := 'nobody has asked for it, or it can still be cancelled';
    ELSE
        why := member_kept_because(asked);
    END IF;
    IF why IS NOT NULL THEN
        RAISE EXCEPTION 'member % is not erased: %', asked, why USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE audit_entry SET facts = facts || '{"email": ""}'
     WHERE organisation_id = who.organisation_id AND facts ->> 'email' = who.email;
    UPDATE job SET arguments = '{}' WHERE name = 'app.core.post.deliver' AND arguments ->> 'to' = who.email
       AND (done_at IS NOT NULL OR dead_at IS NOT NULL);
    UPDATE invitation SET email = nobody, withdrawn_at = CASE WHEN accepted_at IS NULL THEN coalesce(withdrawn_at, now()) END
     WHERE email = who.email;
    DELETE FROM registration WHERE email = who.email;
    DELETE FROM recovery_code WHERE member_id = asked;
    DELETE FROM one_time_token WHERE member_id = asked;
    DELETE FROM passkey_challenge WHERE member_id = asked;
    DELETE FROM passkey WHERE member_id = asked;
    UPDATE api_key SET label = '', revoked_at = coalesce(revoked_at, now()) WHERE member_id = asked;
    UPDATE session SET ended_at = coalesce(ended_at, now()), device = '' WHERE member_id = asked;
    UPDATE signing_authority SET ended_at = now() WHERE member_id = asked AND ended_at IS NULL;
    UPDATE consent SET withdrawn_at = now(), withdrawn_through = 'erasure'
     WHERE member_id = asked AND withdrawn_at IS NULL;
    UPDATE member SET name = 'Former member', email = nobody, password_hash = '', totp_sealed = NULL,
           totp_confirmed_at = NULL, totp_last_step = NULL, locale = 'en', zone = 'UTC', email_confirmed_at = NULL,
           removed_at = coalesce(removed_at, now())
     WHERE id = asked;
END $$;
REVOKE EXECUTE ON FUNCTION forget_member(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_member(uuid) TO portolan_app;

-- What the Cybersecurity Law (PRC), art. 21, keeps of an erased person's sign-ins goes half a year later.
CREATE FUNCTION forget_sign_ins(asked uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM erasure WHERE member_id = asked AND state = 'done'
                      AND ended_at <= now() - interval '183 days') THEN
        RAISE EXCEPTION 'sign-ins of % must be kept longer', asked USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE session SET address = '', user_agent = '' WHERE member_id = asked;
    UPDATE audit_entry SET facts = facts || '{"address": ""}'
     WHERE organisation_id = (SELECT organisation_id FROM member WHERE id = asked)
       AND member_id = asked AND facts ? 'address' AND facts ->> 'address' <> '';
END $$;
REVOKE EXECUTE ON FUNCTION forget_sign_ins(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_sign_ins(uuid) TO portolan_app;
