const hourMs = 60 * 60_000

/** What people are told of deletion, and what the code keeps to. */
export const erasureTimes = {
  /** How long the deletion of an account can be undone. */
  undoMs: 24 * hourMs,
  /** How long what Loom posted may take to be removed from then on, where that is wished: its keys wait so long. */
  removeMs: 6 * hourMs,
  /** How long its rows and objects may take to go from then on, and what a person wrote from the request on. */
  eraseMs: 24 * hourMs,
  /** How long whatever had begun before may still be at work. */
  settleMs: 60_000,
} as const
