CREATE TABLE "loom"."job_people" (
	"tenant_id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"identity_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "job_people_tenant_id_job_id_identity_id_pk" PRIMARY KEY("tenant_id","job_id","identity_id")
);
--> statement-breakpoint
ALTER TABLE "loom"."job_people" ADD CONSTRAINT "job_people_tenant_id_identity_id_identities_tenant_id_id_fk" FOREIGN KEY ("tenant_id","identity_id") REFERENCES "loom"."identities"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "job_people_by_identity" ON "loom"."job_people" USING btree ("tenant_id","identity_id");--> statement-breakpoint
SELECT loom.isolate('job_people');
