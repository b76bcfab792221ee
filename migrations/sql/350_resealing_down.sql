CREATE OR REPLACE TRIGGER bank_line_is_fixed BEFORE UPDATE ON bank_line
    FOR EACH ROW EXECUTE FUNCTION bank_line_is_fixed();
CREATE OR REPLACE TRIGGER refuse_second_decision BEFORE UPDATE ON bank_case_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_second_decision();
DROP TRIGGER keep_register_entry_here ON register_entry;
CREATE OR REPLACE TRIGGER keep_register_entry BEFORE UPDATE OR DELETE ON register_entry
    FOR EACH ROW EXECUTE FUNCTION keep_register_entry();
DROP TRIGGER append_only_but_resealed ON site_visit;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON site_visit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER screen_changed AFTER UPDATE ON verification_request
    FOR EACH ROW WHEN ((OLD.representative_sealed, OLD.private_sealed)
                       IS DISTINCT FROM (NEW.representative_sealed, NEW.private_sealed))
    EXECUTE FUNCTION screen_again();
DROP FUNCTION only_resealed(regclass, jsonb, jsonb, text[]);
