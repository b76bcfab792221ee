-- What a chargeback is about stays as it was told, and what was taken stays where it was taken from: a second taking, or
-- a second giving back, would be money that nobody moved. The platform bears what two people agreed that it bears.
CREATE FUNCTION keep_chargeback() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
       (NEW.provider, NEW.dispute_ref, NEW.operation_id, NEW.milestone_id, NEW.amount_minor, NEW.amount_currency)
       IS DISTINCT FROM
       (OLD.provider, OLD.dispute_ref, OLD.operation_id, OLD.milestone_id, OLD.amount_minor, OLD.amount_currency)
       OR (OLD.taken_minor <> 0 AND
           (NEW.taken_minor, NEW.from_held_minor, NEW.from_due_minor, NEW.from_reserve_minor, NEW.from_payable_minor,
            NEW.from_supplier_minor, NEW.from_buyer_minor)
           IS DISTINCT FROM
           (OLD.taken_minor, OLD.from_held_minor, OLD.from_due_minor, OLD.from_reserve_minor, OLD.from_payable_minor,
            OLD.from_supplier_minor, OLD.from_buyer_minor))
       OR (OLD.returned_minor <> 0 AND NEW.returned_minor <> OLD.returned_minor)
       OR (OLD.written_off_minor <> 0 AND NEW.written_off_minor <> OLD.written_off_minor)
       OR (NEW.written_off_minor <> OLD.written_off_minor AND NOT EXISTS (
           SELECT FROM approval a
            WHERE a.kind = 'write_off' AND a.subject_type = 'chargeback' AND a.subject_id = NEW.id
              AND a.state = 'agreed' AND a.decided_by IS NOT NULL
              AND a.amount_minor = NEW.written_off_minor AND a.amount_currency = NEW.amount_currency)) THEN
        RAISE EXCEPTION 'chargeback % stays as it was told and booked', OLD.dispute_ref
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_chargeback BEFORE UPDATE OR DELETE ON chargeback
    FOR EACH ROW EXECUTE FUNCTION keep_chargeback();

-- The application may not write balances, and so not lock them by itself either. Who takes "as much as there is" must
-- know that it is still there when the entry is posted.
CREATE FUNCTION locked_balances(codes text[], in_currency text)
    RETURNS TABLE (code text, minor bigint) LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.code, b.minor * a.side FROM account a JOIN balance b ON b.account_id = a.id
     WHERE a.code = ANY (codes) AND a.currency = in_currency ORDER BY b.account_id FOR UPDATE OF b
$$;
