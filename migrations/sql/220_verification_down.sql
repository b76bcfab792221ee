-- The view of files as it was before.
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
    UNION ALL SELECT key FROM spooled_file;
DROP TRIGGER append_only ON verified_fact;
DROP TRIGGER append_only_truncate ON verified_fact;
DROP TRIGGER confirmed_by_another ON verified_fact;
GRANT UPDATE, DELETE, TRUNCATE ON verified_fact TO portolan_app;
