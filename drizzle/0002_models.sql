CREATE TABLE "loom"."provider_keys" (
	"tenant_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"key_id" uuid NOT NULL,
	"key_sealed" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "provider_keys_tenant_id_provider_pk" PRIMARY KEY("tenant_id","provider"),
	CONSTRAINT "provider_keys_provider" CHECK (provider in ('anthropic', 'openai'))
);
--> statement-breakpoint
ALTER TABLE "loom"."usage_events" ADD COLUMN "handed_from" text;--> statement-breakpoint
ALTER TABLE "loom"."usage_events" ADD COLUMN "handed_reason" text;--> statement-breakpoint
ALTER TABLE "loom"."provider_keys" ADD CONSTRAINT "provider_keys_tenant_id_tenants_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "loom"."tenants"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
SELECT loom.isolate('provider_keys');
--> statement-breakpoint
-- An agent's worker calls with these keys; it does not change them.
REVOKE INSERT, UPDATE, DELETE ON loom.provider_keys FROM loom_worker;
