CREATE TABLE "loom"."exports" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"form" text NOT NULL,
	"identity_id" uuid NOT NULL,
	"thread_id" uuid,
	"state" text DEFAULT 'asked' NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"bytes" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"made_at" timestamp with time zone,
	CONSTRAINT "exports_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "exports_form" CHECK (form in ('tenant', 'person')),
	CONSTRAINT "exports_state" CHECK (state in ('asked', 'made', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "loom"."exports" ADD CONSTRAINT "exports_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "exports_by_age" ON "loom"."exports" USING btree ("created_at");--> statement-breakpoint
SELECT loom.isolate('exports');
--> statement-breakpoint
-- A day for the ZIP, which may be made late: whoever asked for it does not exist any more after two.
SELECT loom.retain('exports', 2);
