ALTER TABLE "loom"."deliveries" DROP CONSTRAINT "deliveries_once";--> statement-breakpoint
ALTER TABLE "loom"."deliveries" ALTER COLUMN "job_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "loom"."due_deliveries" ALTER COLUMN "job_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "loom"."messages" ADD COLUMN "files_sealed" "bytea";--> statement-breakpoint
ALTER TABLE "loom"."messages" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "loom"."threads" ADD COLUMN "history_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "briefs_by_thread" ON "loom"."briefs" USING btree ("tenant_id","thread_id");--> statement-breakpoint
CREATE INDEX "job_threads_by_thread" ON "loom"."job_threads" USING btree ("tenant_id","thread_id");--> statement-breakpoint
ALTER TABLE "loom"."deliveries" ADD CONSTRAINT "deliveries_once" UNIQUE NULLS NOT DISTINCT("tenant_id","job_id","thread_id","kind","subject");