CREATE SCHEMA "loom";
--> statement-breakpoint
CREATE TABLE "loom"."approvals" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"step_id" uuid NOT NULL,
	"call_id" text NOT NULL,
	"tool" text NOT NULL,
	"arguments_hash" "bytea" NOT NULL,
	"arguments_sealed" "bytea" NOT NULL,
	"requested_of" uuid,
	"state" text DEFAULT 'open' NOT NULL,
	"pressed_by" uuid,
	"pressed_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "approvals_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "approvals_once" UNIQUE("tenant_id","step_id","call_id"),
	CONSTRAINT "approvals_state" CHECK (state in ('open', 'approved', 'denied', 'expired', 'withdrawn'))
);
--> statement-breakpoint
CREATE TABLE "loom"."artifacts" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"path_hash" "bytea" NOT NULL,
	"path_sealed" "bytea" NOT NULL,
	"sha256" text NOT NULL,
	"bytes" bigint NOT NULL,
	"media_type" text NOT NULL,
	"tainted" boolean DEFAULT false NOT NULL,
	"starred_at" timestamp with time zone,
	"starred_by" uuid,
	"expires_at" timestamp with time zone,
	"links_revoked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "artifacts_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "artifacts_path" UNIQUE("tenant_id","job_id","path_hash")
);
--> statement-breakpoint
CREATE TABLE "loom"."attachments" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"brief_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"source_sealed" "bytea",
	"name_sealed" "bytea" NOT NULL,
	"path_sealed" "bytea",
	"reason_sealed" "bytea",
	"sha256" text,
	"bytes" bigint,
	"media_type" text,
	"tainted" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "attachments_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "attachments_position" UNIQUE("tenant_id","brief_id","position"),
	CONSTRAINT "attachments_state" CHECK (state in ('pending', 'stored', 'refused'))
);
--> statement-breakpoint
CREATE TABLE "loom"."audit_log" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" uuid,
	"action" text NOT NULL,
	"subject_kind" text,
	"subject_id" uuid,
	"address_sealed" "bytea",
	"user_agent_sealed" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "audit_log_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "loom"."blobs" (
	"tenant_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	"bytes" bigint NOT NULL,
	"media_type" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blobs_tenant_id_job_id_sha256_pk" PRIMARY KEY("tenant_id","job_id","sha256")
);
--> statement-breakpoint
CREATE TABLE "loom"."brief_messages" (
	"tenant_id" uuid NOT NULL,
	"brief_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "brief_messages_tenant_id_brief_id_message_id_pk" PRIMARY KEY("tenant_id","brief_id","message_id")
);
--> statement-breakpoint
CREATE TABLE "loom"."briefs" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"thread_id" uuid NOT NULL,
	"prompt_message_id" uuid NOT NULL,
	"asked_by" uuid,
	"schedule_id" uuid,
	"cap_micro_usd" bigint NOT NULL,
	"digest" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "briefs_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "loom"."budgets" (
	"tenant_id" uuid NOT NULL,
	"scope" text NOT NULL,
	"key" text NOT NULL,
	"cap_micro_usd" bigint NOT NULL,
	"reserved_micro_usd" bigint DEFAULT 0 NOT NULL,
	"settled_micro_usd" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budgets_tenant_id_scope_key_pk" PRIMARY KEY("tenant_id","scope","key"),
	CONSTRAINT "budgets_scope" CHECK (scope in ('job', 'channel_day', 'tenant_month')),
	CONSTRAINT "budgets_reserved" CHECK (reserved_micro_usd >= 0)
);
--> statement-breakpoint
CREATE TABLE "loom"."deliveries" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"thread_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject" text DEFAULT '' NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"body_sealed" "bytea",
	"ref_sealed" "bytea",
	"shown_seq" bigint DEFAULT -1 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"error_kind" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone,
	CONSTRAINT "deliveries_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "deliveries_once" UNIQUE("tenant_id","job_id","thread_id","kind","subject"),
	CONSTRAINT "deliveries_kind" CHECK (kind in ('card', 'answer', 'question', 'approval', 'notice')),
	CONSTRAINT "deliveries_state" CHECK (state in ('pending', 'sent', 'failed', 'withdrawn'))
);
--> statement-breakpoint
CREATE TABLE "loom"."directory" (
	"kind" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"tenant_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "directory_kind_hash_pk" PRIMARY KEY("kind","hash")
);
--> statement-breakpoint
CREATE TABLE "loom"."due_deliveries" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"platform" text NOT NULL,
	"thread_hash" "bytea" NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"holder" uuid,
	"lease_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "due_deliveries_platform" CHECK (platform in ('slack', 'discord', 'local'))
);
--> statement-breakpoint
CREATE TABLE "loom"."events" (
	"tenant_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"kind" text NOT NULL,
	"task_id" uuid,
	"body_sealed" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "events_tenant_id_job_id_seq_pk" PRIMARY KEY("tenant_id","job_id","seq")
);
--> statement-breakpoint
CREATE TABLE "loom"."feedback" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"identity_id" uuid NOT NULL,
	"value" integer NOT NULL,
	"comment_sealed" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "feedback_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "feedback_once" UNIQUE("tenant_id","job_id","identity_id")
);
--> statement-breakpoint
CREATE TABLE "loom"."identities" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"platform" text NOT NULL,
	"external_hash" "bytea" NOT NULL,
	"external_sealed" "bytea" NOT NULL,
	"name_sealed" "bytea",
	"member_id" uuid,
	"role" text DEFAULT 'guest' NOT NULL,
	"ignored_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "identities_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "identities_external" UNIQUE("tenant_id","platform","external_hash"),
	CONSTRAINT "identities_platform" CHECK (platform in ('slack', 'discord', 'local')),
	CONSTRAINT "identities_role" CHECK (role in ('owner', 'admin', 'member', 'guest'))
);
--> statement-breakpoint
CREATE TABLE "loom"."inbox" (
	"tenant_id" uuid NOT NULL,
	"key_hash" "bytea" NOT NULL,
	"kind" text NOT NULL,
	"job_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_tenant_id_key_hash_pk" PRIMARY KEY("tenant_id","key_hash")
);
--> statement-breakpoint
CREATE TABLE "loom"."installations" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"platform" text NOT NULL,
	"kind" text NOT NULL,
	"external_hash" "bytea" NOT NULL,
	"external_sealed" "bytea" NOT NULL,
	"tokens_sealed" "bytea",
	"scopes" text[] DEFAULT '{}' NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"installed_by" uuid,
	"key_version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "installations_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "installations_external" UNIQUE("tenant_id","platform","kind","external_hash"),
	CONSTRAINT "installations_platform" CHECK (platform in ('slack', 'discord', 'local')),
	CONSTRAINT "installations_kind" CHECK (kind in ('team', 'enterprise', 'guild', 'user', 'local'))
);
--> statement-breakpoint
CREATE TABLE "loom"."job_threads" (
	"tenant_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"thread_id" uuid NOT NULL,
	"part" text NOT NULL,
	"live" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "job_threads_tenant_id_job_id_thread_id_pk" PRIMARY KEY("tenant_id","job_id","thread_id"),
	CONSTRAINT "job_threads_part" CHECK (part in ('origin', 'watcher'))
);
--> statement-breakpoint
CREATE TABLE "loom"."jobs" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"brief_id" uuid NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"follows_job_id" uuid,
	"title_sealed" "bytea",
	"answer_message_id" uuid,
	"error_kind" text,
	"cap_micro_usd" bigint NOT NULL,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	"tainted" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "jobs_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "jobs_state" CHECK (state in ('held', 'received', 'gathering', 'planning', 'running', 'suspended', 'synthesizing', 'done', 'failed', 'cancelled')),
	CONSTRAINT "jobs_reason" CHECK (reason in ('question', 'approval', 'cap'))
);
--> statement-breakpoint
CREATE TABLE "loom"."members" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"role" text NOT NULL,
	"subject_hash" "bytea",
	"email_sealed" "bytea",
	"name_sealed" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	CONSTRAINT "members_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "members_subject" UNIQUE("tenant_id","subject_hash"),
	CONSTRAINT "members_role" CHECK (role in ('owner', 'admin', 'member', 'guest'))
);
--> statement-breakpoint
CREATE TABLE "loom"."messages" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"thread_id" uuid NOT NULL,
	"author" text NOT NULL,
	"identity_id" uuid,
	"external_hash" "bytea",
	"body_sealed" "bytea" NOT NULL,
	"said_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "messages_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "messages_external" UNIQUE("tenant_id","thread_id","external_hash"),
	CONSTRAINT "messages_author" CHECK (author in ('person', 'loom', 'bot'))
);
--> statement-breakpoint
CREATE TABLE "loom"."questions" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"step_id" uuid NOT NULL,
	"call_id" text NOT NULL,
	"body_sealed" "bytea" NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"answer_message_id" uuid,
	"answered_by" uuid,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "questions_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "questions_once" UNIQUE("tenant_id","step_id","call_id"),
	CONSTRAINT "questions_state" CHECK (state in ('open', 'answered', 'expired', 'withdrawn'))
);
--> statement-breakpoint
CREATE TABLE "loom"."ready_tasks" (
	"task_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"lane" text NOT NULL,
	"ready_at" timestamp with time zone DEFAULT now() NOT NULL,
	"holder" uuid,
	"lease_until" timestamp with time zone,
	"fence" bigint DEFAULT 0 NOT NULL,
	"lost" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ready_tasks_lane" CHECK (lane in ('bot', 'worker'))
);
--> statement-breakpoint
CREATE TABLE "loom"."schedules" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"thread_id" uuid NOT NULL,
	"created_by" uuid,
	"prompt_sealed" "bytea" NOT NULL,
	"rule" text NOT NULL,
	"time_zone" text NOT NULL,
	"cap_micro_usd" bigint NOT NULL,
	"paused" boolean DEFAULT false NOT NULL,
	"next_at" timestamp with time zone,
	"last_run_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "schedules_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "loom"."step_messages" (
	"tenant_id" uuid NOT NULL,
	"step_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "step_messages_tenant_id_step_id_message_id_pk" PRIMARY KEY("tenant_id","step_id","message_id")
);
--> statement-breakpoint
CREATE TABLE "loom"."steps" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"ordinal" integer NOT NULL,
	"state" text NOT NULL,
	"reply_sealed" "bytea" NOT NULL,
	"results_sealed" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "steps_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "steps_once" UNIQUE("tenant_id","task_id","ordinal"),
	CONSTRAINT "steps_state" CHECK (state in ('replied', 'committed'))
);
--> statement-breakpoint
CREATE TABLE "loom"."taints" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"task_id" uuid,
	"source" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "taints_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "taints_once" UNIQUE("tenant_id","job_id","subject_id"),
	CONSTRAINT "taints_source" CHECK (source in ('thread', 'attachment', 'web', 'tool'))
);
--> statement-breakpoint
CREATE TABLE "loom"."task_needs" (
	"tenant_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"needs_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "task_needs_tenant_id_task_id_needs_id_pk" PRIMARY KEY("tenant_id","task_id","needs_id")
);
--> statement-breakpoint
CREATE TABLE "loom"."tasks" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"lane" text NOT NULL,
	"position" integer NOT NULL,
	"title_sealed" "bytea" NOT NULL,
	"spec_sealed" "bytea" NOT NULL,
	"state" text NOT NULL,
	"tier" text NOT NULL,
	"answers" boolean DEFAULT false NOT NULL,
	"waiting_on" integer DEFAULT 0 NOT NULL,
	"max_steps" integer NOT NULL,
	"steps" integer DEFAULT 0 NOT NULL,
	"cost_micro_usd" bigint DEFAULT 0 NOT NULL,
	"reserved_micro_usd" bigint DEFAULT 0 NOT NULL,
	"activity_sealed" "bytea",
	"result_sealed" "bytea",
	"error_kind" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "tasks_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "tasks_position" UNIQUE("tenant_id","job_id","position"),
	CONSTRAINT "tasks_kind" CHECK (kind in ('gather', 'plan', 'work', 'synthesize')),
	CONSTRAINT "tasks_lane" CHECK (lane in ('bot', 'worker')),
	CONSTRAINT "tasks_state" CHECK (state in ('waiting', 'ready', 'running', 'suspended', 'done', 'failed', 'cancelled')),
	CONSTRAINT "tasks_tier" CHECK (tier in ('deep', 'standard', 'quick'))
);
--> statement-breakpoint
CREATE TABLE "loom"."tenants" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"name_sealed" "bytea",
	"job_cap_micro_usd" bigint NOT NULL,
	"month_cap_micro_usd" bigint NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenants_state" CHECK (state in ('active', 'fenced', 'tombstoned'))
);
--> statement-breakpoint
CREATE TABLE "loom"."threads" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"installation_id" uuid NOT NULL,
	"platform" text NOT NULL,
	"address" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "threads_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "threads_address" UNIQUE("tenant_id","address"),
	CONSTRAINT "threads_platform" CHECK (platform in ('slack', 'discord', 'local'))
);
--> statement-breakpoint
CREATE TABLE "loom"."timers" (
	"tenant_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "timers_kind_subject_id_pk" PRIMARY KEY("kind","subject_id")
);
--> statement-breakpoint
CREATE TABLE "loom"."tombstones" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"tombstoned_at" timestamp with time zone,
	"purged_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tombstones_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "tombstones_once" UNIQUE("tenant_id","subject_kind","subject_id")
);
--> statement-breakpoint
CREATE TABLE "loom"."usage_events" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"task_id" uuid,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"tier" text,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_read_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_write_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_micro_usd" bigint NOT NULL,
	"duration_ms" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "usage_events_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "usage_events_once" UNIQUE("tenant_id","kind","subject_id"),
	CONSTRAINT "usage_events_kind" CHECK (kind in ('step', 'factory_session'))
);
--> statement-breakpoint
CREATE TABLE "loom"."workspace_files" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"ordinal" integer NOT NULL,
	"path_hash" "bytea" NOT NULL,
	"path_sealed" "bytea" NOT NULL,
	"sha256" text NOT NULL,
	"tainted" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workspace_files_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "workspace_files_once" UNIQUE("tenant_id","task_id","path_hash","ordinal")
);
--> statement-breakpoint
ALTER TABLE "loom"."approvals" ADD CONSTRAINT "approvals_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."approvals" ADD CONSTRAINT "approvals_tenant_id_task_id_tasks_tenant_id_id_fk" FOREIGN KEY ("tenant_id","task_id") REFERENCES "loom"."tasks"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."approvals" ADD CONSTRAINT "approvals_tenant_id_requested_of_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","requested_of") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."approvals" ADD CONSTRAINT "approvals_tenant_id_pressed_by_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","pressed_by") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."artifacts" ADD CONSTRAINT "artifacts_tenant_id_starred_by_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","starred_by") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."attachments" ADD CONSTRAINT "attachments_tenant_id_brief_id_briefs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","brief_id") REFERENCES "loom"."briefs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."blobs" ADD CONSTRAINT "blobs_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."brief_messages" ADD CONSTRAINT "brief_messages_tenant_id_brief_id_briefs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","brief_id") REFERENCES "loom"."briefs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."brief_messages" ADD CONSTRAINT "brief_messages_tenant_id_message_id_messages_tenant_id_id_fk" FOREIGN KEY ("tenant_id","message_id") REFERENCES "loom"."messages"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."briefs" ADD CONSTRAINT "briefs_tenant_id_thread_id_threads_tenant_id_id_fk" FOREIGN KEY ("tenant_id","thread_id") REFERENCES "loom"."threads"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."briefs" ADD CONSTRAINT "briefs_tenant_id_prompt_message_id_messages_tenant_id_id_fk" FOREIGN KEY ("tenant_id","prompt_message_id") REFERENCES "loom"."messages"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."briefs" ADD CONSTRAINT "briefs_tenant_id_asked_by_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","asked_by") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."budgets" ADD CONSTRAINT "budgets_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."deliveries" ADD CONSTRAINT "deliveries_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."deliveries" ADD CONSTRAINT "deliveries_tenant_id_thread_id_threads_tenant_id_id_fk" FOREIGN KEY ("tenant_id","thread_id") REFERENCES "loom"."threads"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."events" ADD CONSTRAINT "events_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."feedback" ADD CONSTRAINT "feedback_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."feedback" ADD CONSTRAINT "feedback_tenant_id_identity_id_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","identity_id") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."identities" ADD CONSTRAINT "identities_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."identities" ADD CONSTRAINT "identities_tenant_id_member_id_members_tenant_id_id_fk" FOREIGN KEY ("tenant_id","member_id") REFERENCES "loom"."members"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."inbox" ADD CONSTRAINT "inbox_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."installations" ADD CONSTRAINT "installations_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."installations" ADD CONSTRAINT "installations_tenant_id_installed_by_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","installed_by") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."job_threads" ADD CONSTRAINT "job_threads_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."job_threads" ADD CONSTRAINT "job_threads_tenant_id_thread_id_threads_tenant_id_id_fk" FOREIGN KEY ("tenant_id","thread_id") REFERENCES "loom"."threads"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."jobs" ADD CONSTRAINT "jobs_tenant_id_brief_id_briefs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","brief_id") REFERENCES "loom"."briefs"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."jobs" ADD CONSTRAINT "jobs_tenant_id_answer_message_id_messages_tenant_id_id_fk" FOREIGN KEY ("tenant_id","answer_message_id") REFERENCES "loom"."messages"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."members" ADD CONSTRAINT "members_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."messages" ADD CONSTRAINT "messages_tenant_id_thread_id_threads_tenant_id_id_fk" FOREIGN KEY ("tenant_id","thread_id") REFERENCES "loom"."threads"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."messages" ADD CONSTRAINT "messages_tenant_id_identity_id_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","identity_id") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."questions" ADD CONSTRAINT "questions_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."questions" ADD CONSTRAINT "questions_tenant_id_task_id_tasks_tenant_id_id_fk" FOREIGN KEY ("tenant_id","task_id") REFERENCES "loom"."tasks"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."questions" ADD CONSTRAINT "questions_tenant_id_answer_message_id_messages_tenant_id_id_fk" FOREIGN KEY ("tenant_id","answer_message_id") REFERENCES "loom"."messages"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."questions" ADD CONSTRAINT "questions_tenant_id_answered_by_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","answered_by") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."schedules" ADD CONSTRAINT "schedules_tenant_id_thread_id_threads_tenant_id_id_fk" FOREIGN KEY ("tenant_id","thread_id") REFERENCES "loom"."threads"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."schedules" ADD CONSTRAINT "schedules_tenant_id_created_by_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","created_by") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."step_messages" ADD CONSTRAINT "step_messages_tenant_id_step_id_steps_tenant_id_id_fk" FOREIGN KEY ("tenant_id","step_id") REFERENCES "loom"."steps"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."step_messages" ADD CONSTRAINT "step_messages_tenant_id_message_id_messages_tenant_id_id_fk" FOREIGN KEY ("tenant_id","message_id") REFERENCES "loom"."messages"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."steps" ADD CONSTRAINT "steps_tenant_id_task_id_tasks_tenant_id_id_fk" FOREIGN KEY ("tenant_id","task_id") REFERENCES "loom"."tasks"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."taints" ADD CONSTRAINT "taints_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."task_needs" ADD CONSTRAINT "task_needs_tenant_id_task_id_tasks_tenant_id_id_fk" FOREIGN KEY ("tenant_id","task_id") REFERENCES "loom"."tasks"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."task_needs" ADD CONSTRAINT "task_needs_tenant_id_needs_id_tasks_tenant_id_id_fk" FOREIGN KEY ("tenant_id","needs_id") REFERENCES "loom"."tasks"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."tasks" ADD CONSTRAINT "tasks_tenant_id_job_id_jobs_tenant_id_id_fk" FOREIGN KEY ("tenant_id","job_id") REFERENCES "loom"."jobs"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."threads" ADD CONSTRAINT "threads_tenant_id_installation_id_installations_tenant_id_id_fk" FOREIGN KEY ("tenant_id","installation_id") REFERENCES "loom"."installations"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."usage_events" ADD CONSTRAINT "usage_events_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."workspace_files" ADD CONSTRAINT "workspace_files_tenant_id_task_id_tasks_tenant_id_id_fk" FOREIGN KEY ("tenant_id","task_id") REFERENCES "loom"."tasks"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "loom"."workspace_files" ADD CONSTRAINT "workspace_files_tenant_id_job_id_sha256_blobs_tenant_id_job_id_sha256_fk" FOREIGN KEY ("tenant_id","job_id","sha256") REFERENCES "loom"."blobs"("tenant_id","job_id","sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "artifacts_by_expiry" ON "loom"."artifacts" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "audit_log_by_age" ON "loom"."audit_log" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "briefs_by_age" ON "loom"."briefs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "deliveries_by_age" ON "loom"."deliveries" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "directory_by_tenant" ON "loom"."directory" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "due_deliveries_due" ON "loom"."due_deliveries" USING btree ("platform","due_at");--> statement-breakpoint
CREATE INDEX "due_deliveries_by_job" ON "loom"."due_deliveries" USING btree ("job_id");--> statement-breakpoint
CREATE INDEX "events_by_age" ON "loom"."events" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "inbox_by_age" ON "loom"."inbox" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "job_threads_one_live" ON "loom"."job_threads" USING btree ("tenant_id","thread_id") WHERE live;--> statement-breakpoint
CREATE INDEX "jobs_by_brief" ON "loom"."jobs" USING btree ("tenant_id","brief_id");--> statement-breakpoint
CREATE INDEX "jobs_by_age" ON "loom"."jobs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "messages_by_author" ON "loom"."messages" USING btree ("tenant_id","identity_id");--> statement-breakpoint
CREATE INDEX "messages_by_age" ON "loom"."messages" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "ready_tasks_free" ON "loom"."ready_tasks" USING btree ("lane","tenant_id","ready_at") WHERE holder is null;--> statement-breakpoint
CREATE INDEX "ready_tasks_held" ON "loom"."ready_tasks" USING btree ("lease_until") WHERE holder is not null;--> statement-breakpoint
CREATE INDEX "ready_tasks_by_job" ON "loom"."ready_tasks" USING btree ("job_id");--> statement-breakpoint
CREATE INDEX "steps_by_age" ON "loom"."steps" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "taints_by_job" ON "loom"."taints" USING btree ("tenant_id","job_id");--> statement-breakpoint
CREATE INDEX "task_needs_reverse" ON "loom"."task_needs" USING btree ("tenant_id","needs_id");--> statement-breakpoint
CREATE INDEX "timers_due" ON "loom"."timers" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "usage_events_by_job" ON "loom"."usage_events" USING btree ("tenant_id","job_id");--> statement-breakpoint
CREATE INDEX "usage_events_by_age" ON "loom"."usage_events" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "workspace_files_by_job" ON "loom"."workspace_files" USING btree ("tenant_id","job_id");