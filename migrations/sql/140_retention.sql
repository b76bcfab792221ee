-- Content is kept as long as the law asks, and no longer; a legal hold wins. One function erases a deal, and time, holds
-- and money stand in its way here, whoever calls it. E-Commerce Law (PRC) art. 31; Personal Information Protection Law
-- (PRC) art. 47.

-- To which deal, by its inquiry, a thing belongs.
CREATE FUNCTION deal_of(subject text, asked uuid) RETURNS uuid LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT CASE subject
        WHEN 'inquiry' THEN asked
        WHEN 'quotation' THEN (SELECT q.inquiry_id FROM quotation q WHERE q.id = asked)
        WHEN 'contract' THEN (SELECT c.inquiry_id FROM contract c WHERE c.id = asked)
        WHEN 'contract_request' THEN (SELECT c.inquiry_id FROM contract_request r
                                        JOIN contract c ON c.id = r.contract_id WHERE r.id = asked)
        WHEN 'order' THEN (SELECT o.inquiry_id FROM orders o WHERE o.id = asked)
        WHEN 'shipment' THEN (SELECT o.inquiry_id FROM shipment s JOIN orders o ON o.id = s.order_id WHERE s.id = asked)
        WHEN 'order_milestone' THEN (SELECT o.inquiry_id FROM order_milestone m
                                       JOIN orders o ON o.id = m.order_id WHERE m.id = asked)
        WHEN 'settlement_proposal' THEN (SELECT o.inquiry_id FROM settlement_proposal p
                                           JOIN orders o ON o.id = p.order_id WHERE p.id = asked)
    END
$$;

CREATE FUNCTION forgotten(subject text, asked uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM inquiry WHERE id = deal_of(subject, asked) AND forgotten_at IS NOT NULL)
$$;

-- Whether a legal hold keeps a thing: one on its deal, or on a company that it is of.
CREATE FUNCTION held(subject text, asked uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM legal_hold h
         WHERE h.lifted_at IS NULL AND (h.subject_type, h.subject_id) IN (
               SELECT 'inquiry', i.id FROM inquiry i WHERE i.id = deal_of(subject, asked)
               UNION ALL SELECT 'organisation', i.buyer_id FROM inquiry i WHERE i.id = deal_of(subject, asked)
               UNION ALL SELECT 'organisation', i.supplier_id FROM inquiry i WHERE i.id = deal_of(subject, asked)
               UNION ALL SELECT 'organisation', v.organisation_id FROM verification_request v
                          WHERE subject = 'verification_request' AND v.id = asked))
$$;

-- Whether a change is no more than the erasing of a forgotten deal's content: the row goes, or nothing but `blanks`
-- changes in it, and these are empty afterwards.
CREATE FUNCTION only_erases(subject text, asked uuid, before jsonb, after jsonb, blanks text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT forgotten(subject, asked) AND CASE
        WHEN after IS NULL THEN blanks = '{}'
        ELSE before - blanks = after - blanks AND NOT EXISTS (
            SELECT FROM unnest(blanks) AS name
             WHERE coalesce(after -> name, 'null') NOT IN ('null', '""', '[]', '{}', '"\\x"'))
        END
$$;

-- For append-only tables of a deal: which subject, by which column, and what may be emptied; nothing named, the row goes.
CREATE FUNCTION refuse_change_until_forgotten() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF only_erases(TG_ARGV[0], (to_jsonb(OLD) ->> TG_ARGV[1])::uuid, to_jsonb(OLD),
                   CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(NEW) END, coalesce(TG_ARGV[2], '{}')::text[]) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON message
    FOR EACH ROW EXECUTE FUNCTION refuse_change_until_forgotten('inquiry', 'inquiry_id');
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON contract_revision
    FOR EACH ROW EXECUTE FUNCTION refuse_change_until_forgotten('contract', 'contract_id');
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON contract_comment
    FOR EACH ROW EXECUTE FUNCTION refuse_change_until_forgotten('contract', 'contract_id');
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON contract_comment_resolution
    FOR EACH ROW EXECUTE FUNCTION refuse_change_until_forgotten('contract', 'contract_id');
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON shipment_packing
    FOR EACH ROW EXECUTE FUNCTION refuse_change_until_forgotten('shipment', 'shipment_id');
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON received_document
    FOR EACH ROW EXECUTE FUNCTION refuse_change_until_forgotten('order', 'order_id');
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON document_set
    FOR EACH ROW EXECUTE FUNCTION refuse_change_until_forgotten('order', 'order_id');
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON trade_document
    FOR EACH ROW EXECUTE FUNCTION refuse_change_until_forgotten('order', 'order_id', '{canonical,pdf_key,ubl_key}');

-- What people noted at a move is known by the thing that was moved.
CREATE FUNCTION keep_state_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND only_erases(OLD.subject_type, OLD.subject_id, to_jsonb(OLD), to_jsonb(NEW), '{note}') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON state_change
    FOR EACH ROW EXECUTE FUNCTION keep_state_change();

CREATE OR REPLACE FUNCTION quotation_is_fixed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.inquiry_id, NEW.version, NEW.made_by, NEW.member_id, NEW.content, NEW.total_minor, NEW.total_currency,
        NEW.valid_until, NEW.created_at)
       IS DISTINCT FROM
       (OLD.inquiry_id, OLD.version, OLD.made_by, OLD.member_id, OLD.content, OLD.total_minor, OLD.total_currency,
        OLD.valid_until, OLD.created_at)
       AND NOT only_erases('inquiry', OLD.inquiry_id, to_jsonb(OLD), to_jsonb(NEW), '{content,reason}') THEN
        RAISE EXCEPTION 'the content of a quotation never changes';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_signature() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND only_erases('contract', OLD.contract_id, to_jsonb(OLD), NULL, '{}') THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.affixed_at IS NOT NULL OR
       (to_jsonb(NEW) - 'certificate' - 'affixed_at') IS DISTINCT FROM (to_jsonb(OLD) - 'certificate' - 'affixed_at') THEN
        RAISE EXCEPTION 'signature % stays as it was given', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_terms() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'draft' AND NEW.terms IS DISTINCT FROM OLD.terms
       AND NOT only_erases('contract', OLD.id, to_jsonb(OLD), to_jsonb(NEW), '{terms,pdf_key,file_key,fault}') THEN
        RAISE EXCEPTION 'the terms of contract % are frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_contract_request() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['state', 'answered_by', 'answered_at'];
BEGIN
    IF TG_OP = 'DELETE' AND only_erases('contract', OLD.contract_id, to_jsonb(OLD), NULL, '{}') THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'open' OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'request % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_submission() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF only_erases('order_milestone', OLD.milestone_id, to_jsonb(OLD), NULL, '{}') THEN
            RETURN OLD;
        END IF;
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

-- A hold waits for what is being erased at this moment, and what is to be erased waits for the hold. What was placed
-- stays; it is lifted once.
CREATE FUNCTION hold_waits() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('legal_hold', 0));
    RETURN NEW;
END $$;
CREATE TRIGGER hold_waits BEFORE INSERT ON legal_hold FOR EACH ROW EXECUTE FUNCTION hold_waits();

CREATE FUNCTION keep_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['lifted_by', 'lifted_at', 'lifted_because'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'hold % stays as it was placed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_hold BEFORE UPDATE OR DELETE ON legal_hold FOR EACH ROW EXECUTE FUNCTION keep_hold();
CREATE TRIGGER keep_holds BEFORE TRUNCATE ON legal_hold FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A deal is forgotten when it is over, its money is settled, nobody holds it, and three years have passed since the last
-- thing that happened to it, by this server's clock. It stays forgotten.
CREATE FUNCTION forget_in_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    why text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0));
    SELECT CASE
        WHEN OLD.forgotten_at IS NOT NULL THEN 'it was forgotten before'
        WHEN held('inquiry', OLD.id) THEN 'a legal hold keeps it'
        WHEN EXISTS (SELECT FROM orders o WHERE o.inquiry_id = OLD.id
                        AND o.state NOT IN ('completed', 'refunded', 'cancelled', 'terminated')) THEN 'it is not over'
        WHEN EXISTS (SELECT FROM contract c WHERE c.inquiry_id = OLD.id
                        AND c.state IN ('draft', 'locked', 'signing')) THEN 'it is not over'
        WHEN EXISTS (SELECT FROM orders o JOIN escrow e ON (e.subject_type, e.subject_id) = ('order', o.id)
                       JOIN escrow_milestone m ON m.escrow_id = e.id
                      WHERE o.inquiry_id = OLD.id AND m.state IN ('funding', 'funded', 'frozen', 'refund_due'))
             THEN 'its money is not settled'
        WHEN EXISTS (SELECT FROM evidence_link l
                      WHERE (l.subject_type, l.subject_id) IN (
                            SELECT 'inquiry', OLD.id
                            UNION ALL SELECT 'contract', c.id FROM contract c WHERE c.inquiry_id = OLD.id
                            UNION ALL SELECT 'order', o.id FROM orders o WHERE o.inquiry_id = OLD.id)
                        AND l.kind <> 'evidence.erased' AND l.at > now() - interval '3 years')
             OR OLD.created_at > now() - interval '3 years' THEN 'it must be kept longer'
        END INTO why;
    IF why IS NOT NULL THEN
        RAISE EXCEPTION 'deal % is not forgotten: %', OLD.id, why USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forget_in_time BEFORE UPDATE ON inquiry
    FOR EACH ROW WHEN (OLD.forgotten_at IS DISTINCT FROM NEW.forgotten_at) EXECUTE FUNCTION forget_in_time();

-- Erases what people wrote and who they are from every row of a deal, and tells which files it needed. What remains:
-- who traded with whom, about what in one line, for how much, when, and how it ended; the books; hashes. Nothing at all
-- for a deal that was forgotten before.
CREATE FUNCTION forget_deal(asked uuid) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    contracts uuid[] := ARRAY(SELECT id FROM contract WHERE inquiry_id = asked);
    trades uuid[] := ARRAY(SELECT id FROM orders WHERE inquiry_id = asked);
    shipments uuid[] := ARRAY(SELECT id FROM shipment WHERE order_id = ANY (trades));
    steps uuid[] := ARRAY(SELECT id FROM order_milestone WHERE order_id = ANY (trades));
    needed text[];
BEGIN
    PERFORM FROM inquiry WHERE id = asked AND forgotten_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    needed := ARRAY(
        SELECT coalesce(f.file ->> 'key', left(f.file ->> 'sha256', 2) || '/' || (f.file ->> 'sha256')) FROM (
            SELECT files FROM inquiry WHERE id = asked
            UNION ALL SELECT files FROM message WHERE inquiry_id = asked
            UNION ALL SELECT terms -> 'annexes' FROM contract WHERE id = ANY (contracts)
            UNION ALL SELECT terms -> 'annexes' FROM contract_revision WHERE contract_id = ANY (contracts)
            UNION ALL SELECT documents FROM shipment WHERE id = ANY (shipments)
            UNION ALL SELECT proof FROM shipment WHERE id = ANY (shipments)
            UNION ALL SELECT files FROM milestone_submission WHERE milestone_id = ANY (steps)
            UNION ALL SELECT files FROM settlement_proposal WHERE order_id = ANY (trades)
            UNION ALL SELECT jsonb_build_array(file) FROM received_document WHERE order_id = ANY (trades)
        ) AS kept (files) CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(kept.files) WHEN 'array' THEN kept.files ELSE '[]' END) AS f (file)
        UNION SELECT left(file_hash, 2) || '/' || file_hash FROM contract_file WHERE contract_id = ANY (contracts)
        UNION SELECT pdf_key FROM contract WHERE id = ANY (contracts)
        UNION SELECT file_key FROM contract WHERE id = ANY (contracts)
        UNION SELECT unnest(ARRAY[pdf_key, ubl_key]) FROM trade_document WHERE order_id = ANY (trades));

    UPDATE inquiry SET forgotten_at = now(), text = '', place = '', files = '[]' WHERE id = asked;
    UPDATE orders SET forgotten_at = now() WHERE id = ANY (trades);
    DELETE FROM message WHERE inquiry_id = asked;
    UPDATE quotation SET content = '{}', reason = '' WHERE inquiry_id = asked;
    DELETE FROM contract_comment_resolution WHERE contract_id = ANY (contracts);
    DELETE FROM contract_comment WHERE contract_id = ANY (contracts);
    DELETE FROM contract_request WHERE contract_id = ANY (contracts);
    DELETE FROM contract_revision WHERE contract_id = ANY (contracts);
    DELETE FROM signature WHERE contract_id = ANY (contracts);
    UPDATE contract SET terms = '{}', pdf_key = '', file_key = '', fault = '' WHERE id = ANY (contracts);
    DELETE FROM document_set WHERE order_id = ANY (trades);
    DELETE FROM received_document WHERE order_id = ANY (trades);
    DELETE FROM shipment_packing WHERE shipment_id = ANY (shipments);
    UPDATE trade_document SET canonical = '', pdf_key = '', ubl_key = '' WHERE order_id = ANY (trades);
    UPDATE shipment SET documents = '[]', proof = '[]' WHERE id = ANY (shipments);
    DELETE FROM milestone_submission WHERE milestone_id = ANY (steps);
    UPDATE settlement_proposal SET reason = '', files = '[]' WHERE order_id = ANY (trades);
    UPDATE chargeback SET defence = '{}' WHERE milestone_id = ANY (steps);
    UPDATE state_change SET note = ''
     WHERE note <> '' AND (subject_type, subject_id) IN (
           SELECT 'inquiry', asked
           UNION ALL SELECT 'quotation', id FROM quotation WHERE inquiry_id = asked
           UNION ALL SELECT 'contract', unnest(contracts)
           UNION ALL SELECT 'order', unnest(trades)
           UNION ALL SELECT 'order_milestone', unnest(steps)
           UNION ALL SELECT 'settlement_proposal', id FROM settlement_proposal WHERE order_id = ANY (trades));
    RETURN QUERY SELECT DISTINCT key FROM unnest(needed) AS key WHERE key <> '';
END $$;
REVOKE EXECUTE ON FUNCTION forget_deal(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_deal(uuid) TO portolan_app;

-- What of the evidence people wrote goes only with its deal, and never under a hold.
CREATE OR REPLACE FUNCTION check_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    own evidence_link;
BEGIN
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
       OR (own.subject_type IN ('inquiry', 'contract', 'order') AND NOT forgotten(own.subject_type, own.subject_id))
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

-- Every file that a row needs. A new column that names files belongs here too (tests/jobs/test_demo.py).
CREATE VIEW kept_file (key) AS
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
    UNION ALL SELECT key FROM spooled_file;
GRANT SELECT ON kept_file TO portolan_app;
