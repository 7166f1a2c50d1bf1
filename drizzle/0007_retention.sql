CREATE TABLE "loom_shared"."policy_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"night" text,
	"ended_at" timestamp with time zone,
	"ok" boolean,
	"result" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "policy_runs_once" UNIQUE("kind","night")
);
--> statement-breakpoint
ALTER TABLE "loom"."brief_messages" DROP CONSTRAINT "brief_messages_tenant_id_message_id_messages_tenant_id_id_fk";
--> statement-breakpoint
ALTER TABLE "loom"."step_messages" DROP CONSTRAINT "step_messages_tenant_id_message_id_messages_tenant_id_id_fk";
--> statement-breakpoint
ALTER TABLE "loom"."brief_messages" ADD CONSTRAINT "brief_messages_tenant_id_message_id_messages_tenant_id_id_fk" FOREIGN KEY ("tenant_id","message_id") REFERENCES "loom"."messages"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."step_messages" ADD CONSTRAINT "step_messages_tenant_id_message_id_messages_tenant_id_id_fk" FOREIGN KEY ("tenant_id","message_id") REFERENCES "loom"."messages"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "approvals_by_job" ON "loom"."approvals" USING btree ("tenant_id","job_id");--> statement-breakpoint
CREATE INDEX "approvals_by_task" ON "loom"."approvals" USING btree ("tenant_id","task_id");--> statement-breakpoint
CREATE INDEX "artifacts_by_star" ON "loom"."artifacts" USING btree ("tenant_id","starred_by");--> statement-breakpoint
CREATE INDEX "budgets_by_age" ON "loom"."budgets" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "deliveries_by_thread" ON "loom"."deliveries" USING btree ("tenant_id","thread_id");--> statement-breakpoint
CREATE INDEX "questions_by_job" ON "loom"."questions" USING btree ("tenant_id","job_id");--> statement-breakpoint
CREATE INDEX "questions_by_task" ON "loom"."questions" USING btree ("tenant_id","task_id");--> statement-breakpoint
CREATE INDEX "threads_by_installation" ON "loom"."threads" USING btree ("tenant_id","installation_id");
--> statement-breakpoint
-- What time it is to everything that is kept for so long. A function and no setting: a setting could be set by whoever
-- speaks to the database, and would bring back what is hidden or let what is young be purged. Only the owner, as whom
-- nobody logs in, can make another of it; the tests' superuser does, each in a database of its own.
CREATE FUNCTION loom.clock() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE RETURN pg_catalog.now();
--> statement-breakpoint
-- From `days` after its creation on a row does not exist for readers, and does for the purge, which otherwise sees nothing
-- as long as it has not entered one tenant. Hours and not days, which a time zone could make longer or shorter. The
-- sub-select is evaluated once a statement.
CREATE FUNCTION loom.retain(name text, days integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  since text := format('(SELECT loom.clock() - interval %L)', days * 24 || ' hours');
BEGIN
  EXECUTE format('DROP POLICY IF EXISTS kept ON loom.%I', name);
  EXECUTE format('DROP POLICY IF EXISTS expired ON loom.%I', name);
  EXECUTE format(
    'CREATE POLICY kept ON loom.%I AS RESTRICTIVE FOR SELECT TO loom_app, loom_worker USING (created_at > %s)', name, since);
  EXECUTE format('CREATE POLICY expired ON loom.%I TO loom_purge USING (created_at <= %s)', name, since);
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION loom.retain(text, integer) FROM PUBLIC;
--> statement-breakpoint
SELECT loom.retain(name, 90) FROM unnest(ARRAY[
  'messages', 'briefs', 'brief_messages', 'attachments', 'inbox',
  'jobs', 'job_threads', 'tasks', 'task_needs', 'steps', 'step_messages', 'events',
  'blobs', 'workspace_files', 'approvals', 'questions', 'feedback', 'taints', 'deliveries', 'budgets'
]) AS name;
--> statement-breakpoint
SELECT loom.retain('usage_events', 30);
--> statement-breakpoint
SELECT loom.retain('audit_log', 7);
--> statement-breakpoint
-- A file under final/ says itself when its time is over; never while it is starred.
CREATE POLICY kept ON loom.artifacts AS RESTRICTIVE FOR SELECT TO loom_app, loom_worker
  USING (expires_at IS NULL OR expires_at > (SELECT loom.clock()));
--> statement-breakpoint
CREATE POLICY expired ON loom.artifacts TO loom_purge USING (expires_at <= (SELECT loom.clock()));
--> statement-breakpoint
-- The purge goes account by account where it must see what still cites a row, so it must know which there are.
CREATE POLICY listed ON loom.tenants FOR SELECT TO loom_purge USING (true);
--> statement-breakpoint
-- To lock what it deletes, so that it waits for nobody (FOR UPDATE SKIP LOCKED asks for this right). What is only ever
-- appended needs no lock, and stays as it was written.
CREATE OR REPLACE FUNCTION loom.isolate(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE loom.%I ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE loom.%I FORCE ROW LEVEL SECURITY', name);
  -- The sub-select is evaluated once a statement, not once a row.
  EXECUTE format(
    'CREATE POLICY tenant ON loom.%I USING (tenant_id = (SELECT loom.current_tenant())) WITH CHECK (tenant_id = (SELECT loom.current_tenant()))',
    name);
  EXECUTE format('CREATE POLICY dump ON loom.%I FOR SELECT TO loom_dump USING (true)', name);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON loom.%I TO loom_app, loom_worker', name);
  EXECUTE format('GRANT SELECT, UPDATE, DELETE ON loom.%I TO loom_purge', name);
  EXECUTE format('GRANT SELECT ON loom.%I TO loom_dump', name);
END $$;
--> statement-breakpoint
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT c.relname FROM pg_catalog.pg_class c
    WHERE c.relnamespace = 'loom'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
      AND c.relname NOT IN ('audit_log', 'usage_events')
  LOOP
    EXECUTE format('GRANT UPDATE ON loom.%I TO loom_purge', name);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA loom_shared TO loom_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON loom_shared.policy_runs TO loom_purge;
--> statement-breakpoint
GRANT SELECT ON loom_shared.policy_runs TO loom_app, loom_dump;
