-- What holds know of without cases.
CREATE OR REPLACE FUNCTION deal_of(subject text, asked uuid) RETURNS uuid LANGUAGE sql STABLE
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

CREATE OR REPLACE FUNCTION held(subject text, asked uuid) RETURNS boolean LANGUAGE sql STABLE
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
