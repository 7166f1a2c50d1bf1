/** A running role. `close` finishes or hands back what is in flight, within the bound. */
export interface Role {
  close(input: { boundMs: number }): Promise<void>
}

/**
 * A lease is renewed every second and holds for 30, so that a slow network does not cost a worker its tasks; a holder
 * whose presence ended is believed gone after 3 seconds of silence.
 */
export const timings = { leaseMs: 30_000, silentMs: 3_000 } as const
