/** Ends everything that the rehearsal model writes, so that nobody takes it for a model's reading. */
export const REHEARSAL_NOTE =
  "Computed by Loom's rehearsal model: no language model was asked. " +
  'Set ANTHROPIC_API_KEY or OPENAI_API_KEY to have a model read this.'
