-- What the operator stated, and what was decided against it, stays as it was written; its documents are kept.
SELECT make_append_only('operator_capital');
SELECT make_append_only('operator_penalty');

DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT document ->> ''key'' FROM operator_capital
        UNION ALL SELECT document ->> ''key'' FROM operator_penalty';
END $$;
