-- Sealing anew under another key: only the owner of a table (who migrates it) may, by the command `portolan keys reseal`,
-- and of a row that otherwise stays as it was only its sealed bytes. They are as long as before, for they say the same,
-- and begin with another key's id. Whether they say the same, nobody can tell here: whoever changed them otherwise would
-- make them unreadable, for without a key of the vault none can be made (ADR 43).
CREATE FUNCTION only_resealed(target regclass, was jsonb, now jsonb, VARIADIC sealed text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = target)
       AND was - sealed = now - sealed
       AND NOT EXISTS (
           SELECT FROM unnest(sealed) AS name
            WHERE was ->> name IS DISTINCT FROM now ->> name
              AND (length(was ->> name) IS DISTINCT FROM length(now ->> name)
                   OR left(was ->> name, 10) = left(now ->> name, 10)))  -- \x and the four bytes of the key's id
$$;

CREATE OR REPLACE TRIGGER bank_line_is_fixed BEFORE UPDATE ON bank_line FOR EACH ROW
    WHEN (OLD.sealed IS NOT DISTINCT FROM NEW.sealed
          OR NOT only_resealed('bank_line', to_jsonb(OLD), to_jsonb(NEW), 'sealed'))
    EXECUTE FUNCTION bank_line_is_fixed();

CREATE OR REPLACE TRIGGER refuse_second_decision BEFORE UPDATE ON bank_case_decision FOR EACH ROW
    WHEN (OLD.sealed IS NOT DISTINCT FROM NEW.sealed
          OR NOT only_resealed('bank_case_decision', to_jsonb(OLD), to_jsonb(NEW), 'sealed'))
    EXECUTE FUNCTION refuse_second_decision();

CREATE OR REPLACE TRIGGER keep_register_entry BEFORE UPDATE ON register_entry FOR EACH ROW
    WHEN (NOT only_resealed('register_entry', to_jsonb(OLD), to_jsonb(NEW), 'sealed'))
    EXECUTE FUNCTION keep_register_entry();
CREATE TRIGGER keep_register_entry_here BEFORE DELETE ON register_entry
    FOR EACH ROW EXECUTE FUNCTION keep_register_entry();

CREATE OR REPLACE TRIGGER append_only BEFORE DELETE ON site_visit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_but_resealed BEFORE UPDATE ON site_visit FOR EACH ROW
    WHEN (NOT only_resealed('site_visit', to_jsonb(OLD), to_jsonb(NEW), 'sealed'))
    EXECUTE FUNCTION refuse_change();

-- The same names under another key are no reason to compare a company again.
CREATE OR REPLACE TRIGGER screen_changed AFTER UPDATE ON verification_request FOR EACH ROW
    WHEN ((OLD.representative_sealed, OLD.private_sealed)
          IS DISTINCT FROM (NEW.representative_sealed, NEW.private_sealed)
          AND NOT only_resealed('verification_request', to_jsonb(OLD), to_jsonb(NEW),
                                'representative_sealed', 'private_sealed'))
    EXECUTE FUNCTION screen_again();

-- Where a file lies is for the owner to say; the application forgets it with the file.
REVOKE INSERT, UPDATE, TRUNCATE ON resealed_file FROM portolan_app;
