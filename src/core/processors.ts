/**
 * Everybody outside to whom data can go, and the settings that switch them on. `stands` says whether their room is built:
 * what does not stand has nothing that would delete what they keep for us, so its settings are refused.
 */
export const processors = {
  anthropic: { settings: ['ANTHROPIC_API_KEY'], stands: true },
  openai: { settings: ['OPENAI_API_KEY'], stands: true },
  compatible: { settings: ['COMPATIBLE_BASE_URL'], stands: true },
  voyage: { settings: ['VOYAGE_API_KEY'], stands: false },
  stripe: { settings: ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'], stands: false },
  clerk: {
    settings: ['CLERK_SECRET_KEY', 'CLERK_PUBLISHABLE_KEY', 'CLERK_JWT_KEY', 'CLERK_WEBHOOK_SIGNING_SECRET'],
    stands: false,
  },
  aws: { settings: ['S3_BUCKET', 'S3_KEYS_BUCKET', 'KMS_KEY_ID'], stands: true },
  factory: { settings: ['AWS_ENDPOINT_URL_ECS'], stands: false },
  slack: {
    settings: ['SLACK_SIGNING_SECRET', 'SLACK_BOT_TOKEN', 'SLACK_CLIENT_ID', 'SLACK_APP_TOKEN'],
    stands: true,
  },
  discord: { settings: ['DISCORD_TOKEN'], stands: false },
  github: { settings: ['GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY', 'GITHUB_TOKEN'], stands: false },
  mcp: { settings: ['MCP_SERVERS'], stands: false },
  mail: { settings: ['SMTP_URL'], stands: false },
  search: { settings: ['SEARCH_API_KEY'], stands: false },
  telemetry: { settings: ['OTEL_EXPORTER_OTLP_ENDPOINT'], stands: true },
} as const satisfies Record<string, { settings: readonly string[]; stands: boolean }>

export type ProcessorName = keyof typeof processors
export const processorNames = Object.keys(processors) as ProcessorName[]
