CREATE TABLE "loom_shared"."ledger_position" (
	"name" text PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "loom"."tombstones" ADD COLUMN "due_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "loom"."tombstones" ADD COLUMN "undone_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "loom"."tombstones" ADD COLUMN "ledger_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "loom"."tombstones" ADD COLUMN "counts" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "brief_messages_by_message" ON "loom"."brief_messages" USING btree ("tenant_id","message_id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "briefs_by_prompt" ON "loom"."briefs" USING btree ("tenant_id","prompt_message_id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "briefs_by_asker" ON "loom"."briefs" USING btree ("tenant_id","asked_by");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "jobs_by_followed" ON "loom"."jobs" USING btree ("tenant_id","follows_job_id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "jobs_by_answer" ON "loom"."jobs" USING btree ("tenant_id","answer_message_id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "questions_by_answer" ON "loom"."questions" USING btree ("tenant_id","answer_message_id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "step_messages_by_message" ON "loom"."step_messages" USING btree ("tenant_id","message_id");
--> statement-breakpoint
GRANT USAGE ON SCHEMA loom_shared TO loom_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON loom_shared.ledger_position TO loom_app;
--> statement-breakpoint
GRANT SELECT ON loom_shared.ledger_position TO loom_worker, loom_purge, loom_dump;
--> statement-breakpoint
-- The first statement of every tenant's transaction: whoever comes late to an account that is being erased is refused by
-- the database itself, whatever it still has in memory. The purge alone goes on.
CREATE FUNCTION loom.enter(tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  word text := pg_catalog.set_config('loom.tenant', tenant::text, true);
BEGIN
  IF current_user = 'loom_purge' THEN RETURN; END IF;
  SELECT t.state INTO word FROM loom.tenants t WHERE t.tenant_id = tenant;
  IF word = 'tombstoned' THEN
    RAISE EXCEPTION 'this account is gone' USING ERRCODE = 'LM002';
  END IF;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION loom.enter(uuid) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION loom.enter(uuid) TO loom_app, loom_worker, loom_purge;
