import { LoomError } from '../../core/errors.ts'
import type { JobLine } from '../../storage/jobs/list.ts'
import { connect } from './connect.ts'
import { deleteAccount } from './delete-account.ts'
import { type Acting, type Desk, type Reply, told } from './desk.ts'
import { exportMine } from './export.ts'
import { type Confirming, forgetMe, hearMe, ignoreMe } from './forget-me.ts'
import { helpWords, notACommandWords, watchNeedsThreadWords } from './help.ts'
import { isCalled, shortId } from './here.ts'
import { isObjection, object } from './object.ts'
import { pause, resume, schedulesHere, schedulesWords, unschedule } from './schedules.ts'
import { settingsOf, settingsWords } from './settings.ts'
import { jobLine, statusOf, statusWords } from './status.ts'
import { stop } from './stop.ts'
import { typedWatch } from './typed-watch.ts'
import { usage } from './usage.ts'
import { watchCalled } from './watch.ts'

export interface CommandInput {
  /** What was typed behind the command. */
  text: string
  /** How the command itself is called, as in `/loom`. */
  command: string
  /** How Loom is mentioned, as in `@Loom`. */
  mention: string
  nameOf: (channel: string) => string
}

/** What a typed command does and what is said back. Throws `LoomError` with the sentence for the person. */
export async function runCommand(desk: Desk, acting: Acting, input: CommandInput): Promise<Reply> {
  const [verb = 'help', ...words] = input.text.trim().split(/\s+/).filter(Boolean)
  const most = inPairs.has(verb.toLowerCase()) ? 2 : 1
  const name = words.slice(0, most).join(' ') || undefined
  const run =
    objecting(verb.toLowerCase(), words[0], words.slice(1)) ??
    (words.length > most ? undefined : find(verb.toLowerCase(), name))
  return run ? run(desk, acting, input) : told(notACommandWords(input))
}

type Run = (desk: Desk, acting: Acting, input: CommandInput) => Promise<Reply>

function objecting(verb: string, name: string | undefined, more: readonly string[]): Run | undefined {
  const words = name === undefined ? [] : [name, ...more]
  if ((verb !== 'object' && verb !== 'allow') || !isObjection(words)) return undefined
  return (desk, acting, { command }) => object(desk, acting, { command, verb, words })
}

/** A command with one word too many is none: those words are meant for agents. */
function find(verb: string, name: string | undefined): Run | undefined {
  const confirmed = withWord.get(verb)
  if (confirmed) return (desk, acting, { command }) => confirmed(desk, acting, { command, word: name })
  if (verb === 'stop') return (desk, acting, input) => stopNamed(desk, acting, { ...input, name })
  if (verb === 'watch' || verb === 'unwatch') return watchNamed(verb, name)
  if (verb === 'connect' && name !== undefined)
    return (desk, acting) => connect(desk, acting, { platform: name })
  return name === undefined ? alone.get(verb) : onSchedule.get(verb)?.(name)
}

const alone: ReadonlyMap<string, Run> = new Map(
  Object.entries<Run>({
    help: async (_desk, _acting, { command }) => told(helpWords(command)),
    status: async (desk, acting) => told(statusWords(await statusOf(desk, acting))),
    usage: async (desk, acting) => told(await usage(desk, acting)),
    schedules: async (desk, acting) => told(schedulesWords(await schedulesHere(desk, acting))),
    settings: async (desk, acting, { nameOf }) =>
      told(settingsWords(await settingsOf(desk, acting), nameOf).join('\n')),
  }),
)

/** What takes one more word: which export, or a yes to what cannot be undone and says first what it would do. */
const withWord: ReadonlyMap<string, (desk: Desk, acting: Acting, input: Confirming) => Promise<Reply>> =
  new Map(
    Object.entries({
      export: exportMine,
      'forget-me': forgetMe,
      'ignore-me': ignoreMe,
      'hear-me': hearMe,
      'delete-account': deleteAccount,
    }),
  )

/** Of these, two words may be said behind the command. */
const inPairs: ReadonlySet<string> = new Set(['delete-account', 'forget-me'])

const onSchedule: ReadonlyMap<string, (name: string) => Run> = new Map(
  Object.entries<(name: string) => Run>({
    pause: (name) => (desk, acting) => pause(desk, acting, { name }),
    resume: (name) => (desk, acting) => resume(desk, acting, { name }),
    delete: (name) => (desk, acting) => unschedule(desk, acting, { name }),
  }),
)

/** Where the command has no thread of its own, a mention has one. */
function watchNamed(verb: 'watch' | 'unwatch', name: string | undefined): Run | undefined {
  if (!typedWatch(`${verb} ${name ?? ''}`)) return undefined
  return async (desk, acting, { mention }) => {
    const { thread } = acting
    if (thread !== undefined) return watchCalled(desk, acting, { verb, name, thread })
    return told(watchNeedsThreadWords({ mention, words: name === undefined ? verb : `${verb} ${name}` }))
  }
}

/** Without a name: the one job that runs for the person. */
async function stopNamed(
  desk: Desk,
  acting: Acting,
  { command, name }: { command: string; name: string | undefined },
): Promise<Reply> {
  const { here, own } = await statusOf(desk, acting)
  const named = name === undefined ? own : [...own, ...here].filter(({ jobId }) => isCalled(jobId, name))
  const [job, second] = named
  if (job && !second) {
    const { changed, text } = await stop(desk, acting, job)
    return { changed, text: `${text}\n${jobLine(job)}` }
  }
  if (name === undefined && job) {
    return told(['Several jobs run for you. Stop one by its ID:', ...choices(own, command)].join('\n'))
  }
  const others = own.length + here.length > 0 ? choices([...own, ...here], command) : []
  throw new LoomError({
    kind: 'not_found',
    message: [
      name === undefined ? 'Nothing runs for you now.' : 'No job that runs for you or here goes by that ID.',
      ...others,
    ].join('\n'),
  })
}

function choices(jobs: readonly JobLine[], command: string): string[] {
  return jobs.map((job) => `${command} stop ${shortId(job.jobId)}: ${jobLine(job)}`)
}
