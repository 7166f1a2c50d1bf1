-- The tenant's wall, in the database itself. A later migration that adds a tenant table calls loom.isolate('name').
CREATE FUNCTION loom.current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('loom.tenant', true), '')::uuid;
--> statement-breakpoint
CREATE FUNCTION loom.isolate(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE loom.%I ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE loom.%I FORCE ROW LEVEL SECURITY', name);
  -- The sub-select is evaluated once a statement, not once a row.
  EXECUTE format(
    'CREATE POLICY tenant ON loom.%I USING (tenant_id = (SELECT loom.current_tenant())) WITH CHECK (tenant_id = (SELECT loom.current_tenant()))',
    name);
  EXECUTE format('CREATE POLICY dump ON loom.%I FOR SELECT TO loom_dump USING (true)', name);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON loom.%I TO loom_app, loom_worker', name);
  EXECUTE format('GRANT SELECT, DELETE ON loom.%I TO loom_purge', name);
  EXECUTE format('GRANT SELECT ON loom.%I TO loom_dump', name);
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION loom.isolate(text) FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA loom TO loom_app, loom_worker, loom_purge, loom_dump;
--> statement-breakpoint
SELECT loom.isolate(name) FROM unnest(ARRAY[
  'tenants', 'members', 'identities', 'installations',
  'threads', 'messages', 'briefs', 'brief_messages', 'attachments', 'inbox',
  'jobs', 'job_threads', 'tasks', 'task_needs', 'steps', 'step_messages', 'events',
  'blobs', 'workspace_files', 'artifacts',
  'usage_events', 'budgets',
  'approvals', 'questions', 'schedules', 'feedback', 'taints',
  'deliveries', 'audit_log', 'tombstones'
]) AS name;
--> statement-breakpoint
-- What a role has no business with.
REVOKE ALL ON loom.installations, loom.members FROM loom_worker;
--> statement-breakpoint
REVOKE UPDATE, DELETE ON loom.audit_log, loom.usage_events FROM loom_app, loom_worker;
--> statement-breakpoint
REVOKE DELETE ON loom.tombstones FROM loom_app, loom_worker, loom_purge;
--> statement-breakpoint
GRANT UPDATE ON loom.tombstones TO loom_purge;
--> statement-breakpoint
-- The closed list that looks across tenants: no content, so no policy.
GRANT SELECT, INSERT, UPDATE, DELETE ON loom.directory TO loom_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON loom.ready_tasks, loom.due_deliveries, loom.timers TO loom_app, loom_worker;
--> statement-breakpoint
GRANT SELECT, DELETE ON loom.directory, loom.ready_tasks, loom.due_deliveries, loom.timers TO loom_purge;
--> statement-breakpoint
GRANT SELECT ON loom.directory, loom.ready_tasks, loom.due_deliveries, loom.timers TO loom_dump;
