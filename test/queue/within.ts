/** Waits until `check` holds, looking every few milliseconds. Throws when it does not hold within `ms`. */
export async function within(ms: number, check: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + ms
  while (!(await check())) {
    if (performance.now() > untilMs) throw new Error(`This did not come about within ${ms} ms: ${check}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
