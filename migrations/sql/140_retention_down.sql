-- The guards as they were before anything could be forgotten.

CREATE OR REPLACE FUNCTION quotation_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.inquiry_id, NEW.version, NEW.made_by, NEW.member_id, NEW.content, NEW.total_minor, NEW.total_currency,
        NEW.valid_until, NEW.created_at)
       IS DISTINCT FROM
       (OLD.inquiry_id, OLD.version, OLD.made_by, OLD.member_id, OLD.content, OLD.total_minor, OLD.total_currency,
        OLD.valid_until, OLD.created_at) THEN
        RAISE EXCEPTION 'the content of a quotation never changes';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_signature() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.affixed_at IS NOT NULL OR
       (to_jsonb(NEW) - 'certificate' - 'affixed_at') IS DISTINCT FROM (to_jsonb(OLD) - 'certificate' - 'affixed_at') THEN
        RAISE EXCEPTION 'signature % stays as it was given', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_terms() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'draft' AND NEW.terms IS DISTINCT FROM OLD.terms THEN
        RAISE EXCEPTION 'the terms of contract % are frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_contract_request() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['state', 'answered_by', 'answered_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'open' OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'request % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'evidence of a milestone is not deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.milestone_id, NEW.number, NEW.member_id, NEW.facts, NEW.files, NEW.text, NEW.created_at)
       IS DISTINCT FROM
       (OLD.milestone_id, OLD.number, OLD.member_id, OLD.facts, OLD.files, OLD.text, OLD.created_at)
       OR (OLD.answered_at IS NOT NULL AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'evidence % of milestone % cannot change', OLD.number, OLD.milestone_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM evidence_link own
          JOIN evidence_link said ON said.subject_type = own.subject_type AND said.subject_id = own.subject_id
         WHERE own.id = OLD.link_id AND said.kind = 'evidence.erased' AND said.seq > own.seq
           AND said.canonical::jsonb -> 'data' -> 'links' @> to_jsonb(own.seq)
    ) THEN
        RAISE EXCEPTION 'a personal part of link % is gone only if its chain says so', OLD.link_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM evidence_link own
          JOIN evidence_link later ON later.subject_type = own.subject_type AND later.subject_id = own.subject_id
         WHERE own.id = OLD.link_id AND later.kind <> 'evidence.erased' AND later.at > now() - interval '3 years'
    ) THEN
        RAISE EXCEPTION 'the personal parts of link % must be kept longer', OLD.link_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
