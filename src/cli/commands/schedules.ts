import { scheduleParts } from '../../bots/words/schedule-words.ts'
import { LoomError } from '../../core/errors.ts'
import { threadId } from '../../core/thread-id.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import { deleteSchedule, pauseSchedule, resumeSchedule } from '../../storage/schedules/change.ts'
import { createSchedule } from '../../storage/schedules/create.ts'
import { listSchedules, type Schedule } from '../../storage/schedules/list.ts'
import { openAccount } from '../../storage/tenants/create.ts'
import { parseUsd } from '../arguments.ts'
import { localOwner } from '../local-owner.ts'
import { wordsOf } from '../read-words.ts'
import { scheduledWords } from '../scheduled-words.ts'
import type { Command } from './command.ts'

export const scheduleCommands: readonly Command[] = [
  {
    name: 'schedule',
    usage: 'schedule WHEN BRIEF',
    help: 'a brief that recurs, as in schedule "every weekday at 8" "What changed?"; --zone ZONE, --cap USD',
    async run({ context, store }, words) {
      const { installationId } = await openAccount(store, localOwner)
      const input = readSchedule(words)
      // Each schedule has a thread of its own, so that one that runs keeps no other waiting.
      const thread = threadId('local', 'terminal', store.newId())
      const made = await createSchedule(store, context, { ...input, installationId, thread })
      return scheduledWords(made)
    },
  },
  {
    name: 'schedules',
    usage: 'schedules',
    help: 'the briefs that recur, and when each runs next',
    async run({ context, store }) {
      const schedules = await listSchedules(store, context)
      return schedules.length === 0 ? 'No brief recurs yet.' : schedules.map(scheduleLine).join('\n')
    },
  },
  {
    name: 'pause',
    usage: 'pause SCHEDULE',
    help: 'let a recurring brief rest; a job that runs goes on',
    async run({ context, store }, words) {
      const { scheduleId } = await findSchedule(store, context, words)
      await pauseSchedule(store, context, { scheduleId })
      return `Paused. To go on: npm run loom -- resume ${scheduleId}`
    },
  },
  {
    name: 'resume',
    usage: 'resume SCHEDULE',
    help: 'let a paused brief recur again, from now on',
    async run({ context, store }, words) {
      const { scheduleId } = await findSchedule(store, context, words)
      await resumeSchedule(store, context, { scheduleId })
      return scheduleLine(await findSchedule(store, context, words))
    },
  },
  {
    name: 'unschedule',
    usage: 'unschedule SCHEDULE',
    help: 'delete a recurring brief; its jobs and their answers stay',
    async run({ context, store }, words) {
      const { scheduleId } = await findSchedule(store, context, words)
      await deleteSchedule(store, context, { scheduleId })
      return 'Deleted. Its jobs and their answers stay.'
    },
  },
]

const { notReadable, read } = wordsOf(
  'Say when and what, each in quotes: npm run loom -- schedule "every weekday at 8" "What changed in churn?" --zone Europe/Berlin --cap 2.00',
)

/** Throws `invalid_input` with a sentence that says what to write instead. */
function readSchedule(words: readonly string[]) {
  const options = { zone: { type: 'string' }, cap: { type: 'string' } } as const
  const { positionals, values } = read(words, { allowPositionals: true, options })
  const [when, prompt, ...more] = positionals
  if (when === undefined || prompt === undefined || more.length > 0) throw notReadable()
  return {
    words: when,
    prompt,
    timeZone: values.zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(values.cap === undefined ? {} : { capMicroUsd: parseUsd(values.cap) }),
  }
}

async function findSchedule(
  store: Store,
  context: TenantContext,
  words: readonly string[],
): Promise<Schedule> {
  const schedules = await listSchedules(store, context)
  const found = schedules.find(({ scheduleId }) => scheduleId === words[0])
  if (found) return found
  throw new LoomError({
    kind: 'not_found',
    message: 'Name the recurring brief by its id, as npm run loom -- schedules prints it.',
  })
}

function scheduleLine(schedule: Schedule): string {
  return [schedule.scheduleId, ...scheduleParts(schedule)].join('  ')
}
