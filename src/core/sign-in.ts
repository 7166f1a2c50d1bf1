import type { ThreadId } from './thread-id.ts'

/**
 * How a person shows who they are on a chat platform, so as to open what belongs to a thread there. Nobody stays signed
 * in: each file is asked for anew, which costs a click at most, and Loom needs no session of its own.
 */
export interface SignIn {
  /** The platform's page, from which the browser comes back with a code and this state. Throws `not_found` where Loom is no more. */
  address(input: { tenantId: string; installationId: string; state: string; nonce: string }): Promise<URL>
  /**
   * Whether the person whom the code stands for may read the thread now. Throws `forbidden` for a code that is none, and
   * `unavailable` when the platform does not answer.
   */
  mayRead(input: {
    tenantId: string
    installationId: string
    thread: ThreadId
    code: string
    nonce: string
  }): Promise<boolean>
}
