CREATE TABLE "loom"."requests" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"contact_sealed" "bytea",
	"identity_id" uuid,
	"received_at" timestamp with time zone NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"answered_at" timestamp with time zone,
	"answer_sealed" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "requests_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "requests_kind" CHECK (kind in ('access', 'correct', 'port', 'delete', 'object', 'minor')),
	CONSTRAINT "requests_state" CHECK (state in ('open', 'answered', 'refused'))
);
--> statement-breakpoint
ALTER TABLE "loom"."requests" ADD CONSTRAINT "requests_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "requests_by_age" ON "loom"."requests" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "requests_open" ON "loom"."requests" USING btree ("due_at") WHERE state = 'open';--> statement-breakpoint
SELECT loom.isolate('requests');
--> statement-breakpoint
-- 30 days to answer, and 90 as the proof that it was.
SELECT loom.retain('requests', 120);
