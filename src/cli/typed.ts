import { LoomError, toLoomError } from '../core/errors.ts'
import type { Lane } from '../core/words.ts'
import { sayTo } from '../storage/briefs/say.ts'
import type { Store, TenantContext } from '../storage/database.ts'
import { dropAgent } from '../storage/tasks/drop-agent.ts'
import { rerunAgent } from '../storage/tasks/rerun.ts'
import { readTypedLines } from './typed-lines.ts'
import { type Typed, typedWords } from './typed-words.ts'

const help =
  'Type words for the agents, or for one of them: "@NAME …". stop ends the brief, /rerun NAME has one begin again, /drop NAME goes on without it.'

interface Deps {
  store: Store
  context: TenantContext
  ring: (lane: Lane) => void
  /** Writes a line above what is live. */
  note: (text: string) => void
  stop: () => Promise<void>
  jobId: string
}

/** Lets a person steer the brief that runs on this terminal by typing, until it is closed. */
export function followTyped(
  deps: Deps,
  input: { show: ((soFar: string) => void) | undefined },
): { close(): void } {
  return readTypedLines({
    show: input.show,
    onLine: (line) => {
      if (input.show && line.trim() !== '') deps.note(`› ${line}`)
      act(deps, typedWords(line)).catch((thrown) => deps.note(toLoomError(thrown).message))
    },
  })
}

async function act(deps: Deps, typed: Typed): Promise<void> {
  const { context, jobId, note, ring, store } = deps
  switch (typed.kind) {
    case 'nothing':
      return
    case 'stop':
      return deps.stop()
    case 'help':
      return note(help)
    case 'unknown':
      throw new LoomError({
        kind: 'invalid_input',
        message: `There is no ${typed.command}. ${help}`,
      })
    case 'say':
      if ((await sayTo(store, context, { jobId, text: typed.text })) === false) note('The job has ended.')
      return
    case 'rerun': {
      const { title } = await rerunAgent(store, context, { jobId, name: typed.name })
      ring('worker')
      return note(`${title} begins again.`)
    }
    case 'drop': {
      const title = await dropAgent(store, context, { jobId, name: typed.name })
      ring('worker')
      return note(`${title} is left out.`)
    }
  }
}
