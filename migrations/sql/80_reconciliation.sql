-- What the provider told stays as it was told; only what we make of it changes.
SELECT make_append_only('reconciliation_run');

CREATE FUNCTION keep_provider_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
       (NEW.provider, NEW.line_ref, NEW.kind, NEW.amount_minor, NEW.amount_currency, NEW.fee_minor, NEW.net_minor,
        NEW.happened_at)
       IS DISTINCT FROM
       (OLD.provider, OLD.line_ref, OLD.kind, OLD.amount_minor, OLD.amount_currency, OLD.fee_minor, OLD.net_minor,
        OLD.happened_at) THEN
        RAISE EXCEPTION 'line % of % stays as it was told', OLD.line_ref, OLD.provider
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_provider_line BEFORE UPDATE OR DELETE ON provider_line
    FOR EACH ROW EXECUTE FUNCTION keep_provider_line();
