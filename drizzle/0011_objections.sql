ALTER TABLE "loom"."identities" ADD COLUMN "feedback_off_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "loom"."identities" ADD COLUMN "memory_off_at" timestamp with time zone;