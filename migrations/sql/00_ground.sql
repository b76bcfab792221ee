-- Similarity of names and forgiving search. A trusted extension: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What the owner makes, the application may use; append-only tables take some of it back.
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portolan_app;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO portolan_app;
GRANT USAGE ON SCHEMA public TO portolan_app;
