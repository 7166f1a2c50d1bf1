CREATE SCHEMA "loom_shared";
--> statement-breakpoint
CREATE TABLE "loom_shared"."provider_limits" (
	"bucket" text NOT NULL,
	"kind" text NOT NULL,
	"capacity" double precision NOT NULL,
	"per_second" double precision NOT NULL,
	"level" double precision NOT NULL,
	"as_of" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "provider_limits_bucket_kind_pk" PRIMARY KEY("bucket","kind")
);
--> statement-breakpoint
ALTER TABLE "loom"."tasks" DROP CONSTRAINT "tasks_kind";--> statement-breakpoint
ALTER TABLE "loom"."brief_messages" ADD COLUMN "to_task_id" uuid;--> statement-breakpoint
ALTER TABLE "loom"."jobs" ADD COLUMN "estimate_least_micro_usd" bigint;--> statement-breakpoint
ALTER TABLE "loom"."jobs" ADD COLUMN "estimate_most_micro_usd" bigint;--> statement-breakpoint
ALTER TABLE "loom"."jobs" ADD COLUMN "replans" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "loom"."steps" ADD COLUMN "stands_for_before" integer;--> statement-breakpoint
ALTER TABLE "loom"."steps" ADD COLUMN "summary_sealed" "bytea";--> statement-breakpoint
ALTER TABLE "loom"."tasks" ADD COLUMN "if_fails" text DEFAULT 'go_without' NOT NULL;--> statement-breakpoint
ALTER TABLE "loom"."tasks" ADD COLUMN "enough" integer;--> statement-breakpoint
ALTER TABLE "loom"."tasks" ADD COLUMN "first_step" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "loom"."tasks" ADD CONSTRAINT "tasks_if_fails" CHECK (if_fails in ('stop', 'go_without'));--> statement-breakpoint
ALTER TABLE "loom"."tasks" ADD CONSTRAINT "tasks_kind" CHECK (kind in ('gather', 'plan', 'work', 'synthesize', 'review'));
--> statement-breakpoint
REVOKE ALL ON SCHEMA loom_shared FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA loom_shared TO loom_worker, loom_purge, loom_dump;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON loom_shared.provider_limits TO loom_worker;
--> statement-breakpoint
GRANT SELECT, DELETE ON loom_shared.provider_limits TO loom_purge;
--> statement-breakpoint
GRANT SELECT ON loom_shared.provider_limits TO loom_dump;
