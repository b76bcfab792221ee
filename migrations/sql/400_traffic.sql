-- A day of traffic is a partition, made ahead and dropped whole. They lie in a schema of their own, which nobody but
-- these functions reads by name.
CREATE SCHEMA traffic;

CREATE FUNCTION traffic_make_days(first date, last date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made integer := 0;
    name text;
BEGIN
    IF last - first > 800 THEN
        RAISE EXCEPTION 'too many days at once' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR n IN 0 .. last - first LOOP
        name := 'day_' || to_char(first + n, 'YYYYMMDD');
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relnamespace = 'traffic'::regnamespace AND relname = name);
        PERFORM pg_advisory_xact_lock(7067584914);  -- two processes may want the same day
        CONTINUE WHEN EXISTS (SELECT FROM pg_class WHERE relnamespace = 'traffic'::regnamespace AND relname = name);
        EXECUTE format('CREATE TABLE traffic.%I (LIKE web_event INCLUDING ALL)', name);
        EXECUTE format('ALTER TABLE web_event ATTACH PARTITION traffic.%I FOR VALUES FROM (%L) TO (%L)',
                       name, first + n, first + n + 1);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- What single visitors did is kept for 400 days and gone then, by whole days. Whoever calls this, time stands in the way.
CREATE FUNCTION traffic_drop_days(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    dropped integer := 0;
    old text;
BEGIN
    IF before > (now() AT TIME ZONE 'UTC')::date - 399 THEN
        RAISE EXCEPTION 'traffic is kept for 400 days' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SET LOCAL lock_timeout = '5s';
    FOR old IN SELECT relname FROM pg_class
                WHERE relnamespace = 'traffic'::regnamespace AND relkind = 'r' AND relname ~ '^day_\d{8}$'
                  AND to_date(substr(relname, 5), 'YYYYMMDD') < before LOOP
        EXECUTE format('DROP TABLE traffic.%I', old);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM traffic_signed_in WHERE day < before;
    RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION traffic_make_days(date, date), traffic_drop_days(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION traffic_make_days(date, date), traffic_drop_days(date) TO portolan_app;

-- What was seen is not made nicer afterwards.
REVOKE UPDATE, DELETE, TRUNCATE ON web_event FROM portolan_app;
REVOKE DELETE, TRUNCATE ON traffic_writer FROM portolan_app;
REVOKE UPDATE, TRUNCATE ON traffic_daily, traffic_signed_in FROM portolan_app;
