-- While goods of an order are contested, what is held for it goes to nobody: an agreement or a ruling moves the order
-- first. A buyer's bank may still take it back.
CREATE FUNCTION keep_disputed_money() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM escrow e JOIN orders o ON o.id = e.subject_id
                WHERE e.id = NEW.escrow_id AND e.subject_type = 'order' AND o.state IN ('contested', 'undelivered')) THEN
        RAISE EXCEPTION 'money of milestone % is under dispute', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_disputed_money BEFORE UPDATE ON escrow_milestone FOR EACH ROW
    WHEN (NEW.held_minor < OLD.held_minor
          AND (NEW.released_minor > OLD.released_minor OR NEW.due_minor > OLD.due_minor))
    EXECUTE FUNCTION keep_disputed_money();
