/** Slack and Discord show a fault to who waited three seconds; by then the acknowledgement must have left. */
const patienceOfBothMs = 2_200

/**
 * Waits for an effect until the platform loses patience, or for `patienceMs`: what it came to, or `late`, and then it
 * goes on beside. What it throws in time is thrown.
 */
export async function inTime<T>(
  work: Promise<T>,
  patienceMs = patienceOfBothMs,
): Promise<{ value: T } | 'late'> {
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), patienceMs)
  try {
    return await Promise.race([work.then((value) => ({ value })), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
