-- A credit file only grows: what was wrong gets a counter-entry, of the same company, which itself is never corrected.
SELECT make_append_only('credit_entry');
CREATE FUNCTION counter_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM credit_entry e WHERE e.id = NEW.corrects AND e.organisation_id = NEW.organisation_id
                      AND e.kind <> 'correction') THEN
        RAISE EXCEPTION 'entry % corrects nothing of its own file', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER counter_entry BEFORE INSERT ON credit_entry
    FOR EACH ROW WHEN (NEW.corrects IS NOT NULL) EXECUTE FUNCTION counter_entry();

-- An appeal is decided once, by another person than whose decision the entry rests on, and of no party.
CREATE FUNCTION keep_credit_appeal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    told CONSTANT text[] := ARRAY['state', 'decided_by', 'decided_at', 'outcome'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM credit_entry e WHERE e.id = NEW.entry_id
                          AND e.organisation_id = NEW.organisation_id AND e.kind <> 'correction') THEN
            RAISE EXCEPTION 'appeal % is about nothing of its own file', NEW.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'filed' OR to_jsonb(NEW) - told IS DISTINCT FROM to_jsonb(OLD) - told
       OR EXISTS (SELECT FROM credit_entry e WHERE e.id = NEW.entry_id AND e.made_by = NEW.decided_by)
       OR EXISTS (SELECT FROM member m WHERE m.id = NEW.decided_by AND m.organisation_id = NEW.organisation_id) THEN
        RAISE EXCEPTION 'appeal % is decided once, by another person', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_credit_appeal BEFORE INSERT OR UPDATE OR DELETE ON credit_appeal
    FOR EACH ROW EXECUTE FUNCTION keep_credit_appeal();
CREATE TRIGGER keep_credit_appeals BEFORE TRUNCATE ON credit_appeal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON credit_appeal FROM portolan_app;

-- Two companies that were linked once stay so on record; who decided what of it stands in state_change.
CREATE FUNCTION keep_party_link() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.a_id, NEW.b_id, NEW.found_at) IS DISTINCT FROM
                           (OLD.id, OLD.a_id, OLD.b_id, OLD.found_at)
       OR NOT NEW.reasons @> OLD.reasons OR OLD.strong AND NOT NEW.strong THEN
        RAISE EXCEPTION 'link % stays on record', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_party_link BEFORE UPDATE OR DELETE ON party_link
    FOR EACH ROW EXECUTE FUNCTION keep_party_link();
CREATE TRIGGER keep_party_links BEFORE TRUNCATE ON party_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON party_link FROM portolan_app;

-- A file taken along is made once; later its bytes may go, never its hashes.
CREATE FUNCTION keep_credit_export() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    made CONSTANT text[] := ARRAY['made_at', 'content', 'pdf', 'content_hash', 'pdf_hash'];
    bytes CONSTANT text[] := ARRAY['content', 'pdf'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - made IS DISTINCT FROM to_jsonb(OLD) - made
       OR OLD.made_at IS NOT NULL AND (to_jsonb(NEW) - bytes IS DISTINCT FROM to_jsonb(OLD) - bytes
                                       OR NEW.content IS NOT NULL OR NEW.pdf IS NOT NULL)
       OR NEW.content IS NOT NULL AND (encode(sha256(NEW.content), 'hex') <> NEW.content_hash
                                       OR encode(sha256(NEW.pdf), 'hex') <> NEW.pdf_hash) THEN
        RAISE EXCEPTION 'file % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_credit_export BEFORE UPDATE OR DELETE ON credit_export
    FOR EACH ROW EXECUTE FUNCTION keep_credit_export();
CREATE TRIGGER keep_credit_exports BEFORE TRUNCATE ON credit_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON credit_export FROM portolan_app;

-- Ratings are not deleted (E-Commerce Law (PRC) art. 39): nobody's, not for anybody, and not changed either. A rating is
-- of a completed order, by one of its parties of the other.
SELECT make_append_only('rating');
SELECT make_append_only('rating_answer');
SELECT make_append_only('rating_withholding');
CREATE FUNCTION rating_of_a_deal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM orders o WHERE o.id = NEW.order_id AND o.state = 'completed'
                      AND ((NEW.rater_id, NEW.rated_id) = (o.buyer_id, o.supplier_id)
                           OR (NEW.rater_id, NEW.rated_id) = (o.supplier_id, o.buyer_id))) THEN
        RAISE EXCEPTION 'rating % is of no completed deal of its parties', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rating_of_a_deal BEFORE INSERT ON rating FOR EACH ROW EXECUTE FUNCTION rating_of_a_deal();
