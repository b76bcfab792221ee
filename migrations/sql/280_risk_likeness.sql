-- Who had a picture here first is never written anew.
CREATE TRIGGER keep_risk_picture BEFORE UPDATE ON risk_picture FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_risk_pictures BEFORE TRUNCATE ON risk_picture FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_risk_texts BEFORE TRUNCATE ON risk_text FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
