/**
 * Everybody outside to whom data can go, with the settings that switch them on. A setting that no room reads yet is refused:
 * nothing would delete what they then keep for us. Those that other programs read too (GITHUB_TOKEN) are left alone as
 * long as no room here reads them.
 */
export const processors = {
  anthropic: ['ANTHROPIC_API_KEY'],
  openai: ['OPENAI_API_KEY'],
  compatible: ['COMPATIBLE_BASE_URL'],
  voyage: ['VOYAGE_API_KEY'],
  stripe: ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
  clerk: ['CLERK_SECRET_KEY', 'CLERK_PUBLISHABLE_KEY', 'CLERK_JWT_KEY', 'CLERK_WEBHOOK_SIGNING_SECRET'],
  aws: ['S3_BUCKET', 'S3_KEYS_BUCKET', 'KMS_KEY_ID'],
  factory: ['FACTORY_TASK_DEFINITION'],
  slack: ['SLACK_SIGNING_SECRET', 'SLACK_BOT_TOKEN', 'SLACK_CLIENT_ID', 'SLACK_APP_TOKEN'],
  discord: ['DISCORD_TOKEN'],
  github: ['GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY'],
  mcp: ['MCP_SERVERS'],
  mail: ['LOOM_MAIL_URL'],
  search: ['SEARCH_API_KEY'],
  telemetry: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
} as const satisfies Record<string, readonly string[]>

export type ProcessorName = keyof typeof processors
export const processorNames = Object.keys(processors) as ProcessorName[]
