-- One answer to "why is this deal still kept", asked by the trigger that refuses and by the pages that count; and
-- holds that nothing slips past, neither a verification nor the personal parts of its evidence.

-- When something last happened to a deal, by its chains.
CREATE FUNCTION last_word(asked uuid) RETURNS timestamptz LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT greatest(max(i.created_at), max(l.at)) FROM inquiry i
      LEFT JOIN evidence_link l ON l.kind <> 'evidence.erased' AND (l.subject_type, l.subject_id) IN (
                SELECT 'inquiry', asked
                UNION ALL SELECT 'contract', c.id FROM contract c WHERE c.inquiry_id = asked
                UNION ALL SELECT 'order', o.id FROM orders o WHERE o.inquiry_id = asked)
     WHERE i.id = asked
$$;

-- Why a deal is not forgotten whose last word must lie before `before`: open, unsettled, young, held; NULL when nothing
-- keeps it. "held" is the last of them: then it is the hold alone.
CREATE FUNCTION kept_because(asked uuid, before timestamptz) RETURNS text LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN EXISTS (SELECT FROM orders o WHERE o.inquiry_id = asked
                        AND o.state NOT IN ('completed', 'refunded', 'cancelled', 'terminated'))
          OR EXISTS (SELECT FROM contract c WHERE c.inquiry_id = asked
                        AND c.state IN ('draft', 'locked', 'signing')) THEN 'open'
        WHEN EXISTS (SELECT FROM orders o JOIN escrow e ON (e.subject_type, e.subject_id) = ('order', o.id)
                       JOIN escrow_milestone m ON m.escrow_id = e.id
                      WHERE o.inquiry_id = asked AND m.state IN ('funding', 'funded', 'frozen', 'refund_due'))
             THEN 'unsettled'
        WHEN last_word(asked) >= before THEN 'young'
        WHEN held('inquiry', asked) THEN 'held'
    END
$$;

CREATE OR REPLACE FUNCTION forget_in_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    why text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0));
    why := CASE WHEN OLD.forgotten_at IS NOT NULL THEN 'forgotten'
                ELSE kept_because(OLD.id, now() - interval '3 years') END;
    IF why IS NOT NULL THEN
        RAISE EXCEPTION 'deal % is not forgotten: %', OLD.id, CASE why
            WHEN 'forgotten' THEN 'it was forgotten before'
            WHEN 'open' THEN 'it is not over'
            WHEN 'unsettled' THEN 'its money is not settled'
            WHEN 'young' THEN 'it must be kept longer'
            ELSE 'a legal hold keeps it' END USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- A verification that was not accepted is forgotten once, and not under a hold.
CREATE FUNCTION forget_unheld() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0));
    IF OLD.forgotten_at IS NOT NULL OR OLD.state NOT IN ('rejected', 'more') OR held('verification_request', OLD.id) THEN
        RAISE EXCEPTION 'verification % is not forgotten: %', OLD.id, CASE
            WHEN OLD.forgotten_at IS NOT NULL THEN 'it was forgotten before'
            WHEN OLD.state NOT IN ('rejected', 'more') THEN 'it must be kept longer'
            ELSE 'a legal hold keeps it' END USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forget_unheld BEFORE UPDATE ON verification_request
    FOR EACH ROW WHEN (OLD.forgotten_at IS DISTINCT FROM NEW.forgotten_at) EXECUTE FUNCTION forget_unheld();

CREATE OR REPLACE FUNCTION forgotten(subject text, asked uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM inquiry WHERE id = deal_of(subject, asked) AND forgotten_at IS NOT NULL)
        OR EXISTS (SELECT FROM verification_request
                    WHERE subject = 'verification_request' AND id = asked AND forgotten_at IS NOT NULL)
$$;

CREATE OR REPLACE FUNCTION check_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    own evidence_link;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0));
    SELECT * INTO own FROM evidence_link WHERE id = OLD.link_id;
    IF NOT EXISTS (
        SELECT FROM evidence_link said
         WHERE said.subject_type = own.subject_type AND said.subject_id = own.subject_id AND said.seq > own.seq
           AND said.kind = 'evidence.erased'
           AND (said.canonical::jsonb) -> 'data' -> 'links' @> to_jsonb(own.seq)
    ) THEN
        RAISE EXCEPTION 'a personal part of link % is gone only if its chain says so', OLD.link_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF held(own.subject_type, own.subject_id)
       OR (own.subject_type IN ('inquiry', 'contract', 'order', 'verification_request')
           AND NOT forgotten(own.subject_type, own.subject_id))
       OR EXISTS (
        SELECT FROM evidence_link later
         WHERE later.subject_type = own.subject_type AND later.subject_id = own.subject_id
           AND later.kind <> 'evidence.erased' AND later.at > now() - interval '3 years'
    ) THEN
        RAISE EXCEPTION 'the personal parts of link % must be kept longer', OLD.link_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
