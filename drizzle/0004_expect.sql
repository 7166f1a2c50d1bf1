-- What a transaction that travels in one round trip cannot look at in between: it goes on, or all of it is undone.
CREATE FUNCTION loom.expect(ok boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF ok IS TRUE THEN RETURN true; END IF;
  RAISE EXCEPTION 'not as expected' USING ERRCODE = 'LM001';
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION loom.expect(boolean) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION loom.expect(boolean) TO loom_app, loom_worker;
