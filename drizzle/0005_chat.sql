ALTER TABLE "loom"."deliveries" DROP CONSTRAINT "deliveries_once";--> statement-breakpoint
ALTER TABLE "loom"."deliveries" ALTER COLUMN "job_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "loom"."due_deliveries" ALTER COLUMN "job_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "loom"."messages" ADD COLUMN "files_sealed" "bytea";--> statement-breakpoint
ALTER TABLE "loom"."messages" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "loom"."threads" ADD COLUMN "history_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "loom"."deliveries" ADD CONSTRAINT "deliveries_once" UNIQUE NULLS NOT DISTINCT("tenant_id","job_id","thread_id","kind","subject");