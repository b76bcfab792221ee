-- The view of needed files without its last part, the one that the migration that is taken back added.
DO $$
DECLARE whole text := rtrim(pg_get_viewdef('kept_file'), '; ');
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS '
            || left(whole, length(whole) - strpos(reverse(whole), reverse('UNION ALL')) - length('UNION AL'));
END $$;
