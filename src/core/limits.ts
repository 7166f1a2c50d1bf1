/** The stated limits. Each one is named to the person when it is met. */
export const limits = {
  promptBytes: 1_000_000,
  fileBytes: 50_000_000,
  briefBytes: 250_000_000,
  briefFiles: 500,
  /** What a brief takes of what was said in its thread before it: the newest of it. */
  threadMessages: 200,
  threadChars: 100_000,
  pathBytes: 240,
  planTasks: 100,
  planAttempts: 3,
  planSteps: 12,
  taskSteps: 60,
  taskReruns: 5,
  taskArtifacts: 20,
  replans: 2,
  reviewSteps: 12,
  replanSteps: 8,
  figureBytes: 64_000_000,
  toolCallsPerStep: 16,
  toolResultChars: 262_144,
  /** A result of more is kept as a file; its head and tail stand in the transcript. */
  resultInlineChars: 16_384,
  readDefaultChars: 32_768,
  workspaceFileBytes: 10_000_000,
  modelPatienceMs: 600_000,
  storePatienceMs: 300_000,
  /** Every step pays for all that stands before it, so a large window is not filled. */
  workingTokens: 200_000,
  modelOutputTokens: 8_192,
  answerChars: 40_000,
} as const
