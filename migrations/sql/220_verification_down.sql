DROP TRIGGER append_only ON verified_fact;
DROP TRIGGER append_only_truncate ON verified_fact;
DROP TRIGGER confirmed_by_another ON verified_fact;
GRANT UPDATE, DELETE, TRUNCATE ON verified_fact TO portolan_app;
