-- Who is named stays as it was named; only that it was compared is added. It goes when nothing names it any more.
CREATE FUNCTION keep_named() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) - 'screened_at' IS DISTINCT FROM to_jsonb(OLD) - 'screened_at' THEN
        RAISE EXCEPTION 'party % stays as it was named', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_named BEFORE UPDATE ON named_party FOR EACH ROW EXECUTE FUNCTION keep_named();

-- A deal that is over, by whichever code, or an account that was removed, has nobody compared again for its sake. At the
-- end of the transaction: the money that leaves with the last move of an order still asks who takes part in it.
CREATE FUNCTION end_named() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE named_in SET ended_at = now()
     WHERE ended_at IS NULL
       AND (subject_type = TG_ARGV[0] AND subject_id = NEW.id
            OR TG_ARGV[0] = 'order' AND subject_type = 'contract'
               AND subject_id = (to_jsonb(NEW) ->> 'contract_id')::uuid);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER end_named AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('completed', 'refunded', 'cancelled', 'terminated'))
    EXECUTE FUNCTION end_named('order');
CREATE CONSTRAINT TRIGGER end_named AFTER UPDATE ON contract DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('void', 'performed', 'amended', 'terminated'))
    EXECUTE FUNCTION end_named('contract');
CREATE TRIGGER end_named AFTER UPDATE OF removed_at ON bank_account
    FOR EACH ROW WHEN (OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL) EXECUTE FUNCTION end_named('bank_account');
