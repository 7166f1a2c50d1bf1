import type { ChatPorts } from '../core/chat.ts'
import type { SignIn } from '../core/sign-in.ts'
import type { Platform } from '../core/words.ts'
import type { FileFetcher } from './file-fetcher.ts'
import type { InstallFlow } from './install/flow.ts'
import type { ThreadReader } from './read-history.ts'

/** What to mount under a path of ours. */
export interface PathHandler {
  method: 'GET' | 'POST'
  answer(request: Request): Promise<Response>
}

/** A chat platform in one process: what it hears, how it reads, what it shows, how it is installed. */
export interface ChatPlatform {
  platform: Platform
  /** Only what the settings allow. */
  handlers: Readonly<Record<string, PathHandler>>
  /** Sources of this platform, without its name before them. */
  fetchFile: FileFetcher
  readThread: ThreadReader
  ports: ChatPorts
  install: InstallFlow | undefined
  /** Where people can show who they are, if they can. */
  signIn: SignIn | undefined
  /** Begins to hear. What the platform must answer for that is asked for again while it does not; throws what is final. */
  start(): Promise<void>
  /** Takes nothing more and waits for what is under way. */
  close(): Promise<void>
}
