CREATE TABLE "loom"."notices" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"version" integer NOT NULL,
	"member_id" uuid NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"sent_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notices_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "notices_once" UNIQUE("tenant_id","version","member_id"),
	CONSTRAINT "notices_state" CHECK (state in ('open', 'sent', 'refused', 'unreachable'))
);
--> statement-breakpoint
CREATE TABLE "loom_shared"."policy_versions" (
	"number" integer PRIMARY KEY NOT NULL,
	"effective" text NOT NULL,
	"fingerprint" text NOT NULL,
	"changes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"announced_at" timestamp with time zone,
	"listed_at" timestamp with time zone,
	"told_at" timestamp with time zone,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"in_force_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "loom"."notices" ADD CONSTRAINT "notices_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notices_by_age" ON "loom"."notices" USING btree ("created_at");--> statement-breakpoint
SELECT loom.isolate('notices');
--> statement-breakpoint
SELECT loom.retain('notices', 90);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON loom_shared.policy_versions TO loom_app;
--> statement-breakpoint
GRANT SELECT ON loom_shared.policy_versions TO loom_worker, loom_purge, loom_dump;
