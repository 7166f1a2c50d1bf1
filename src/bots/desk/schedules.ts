import { LoomError } from '../../core/errors.ts'
import { deleteSchedule, pauseSchedule, resumeSchedule } from '../../storage/schedules/change.ts'
import { listSchedules, type Schedule } from '../../storage/schedules/list.ts'
import { scheduleParts } from '../words/schedule-words.ts'
import { mayAdminister } from './decide.ts'
import { type Acting, contextOf, type Desk, done, type Reply } from './desk.ts'
import { isCalled, isHere, shortId } from './here.ts'

/** The recurring briefs whose answers come here. Those of other places stay there: a brief can be private. */
export async function schedulesHere(desk: Desk, acting: Acting): Promise<Schedule[]> {
  const schedules = await listSchedules(desk.store, contextOf(acting))
  return schedules.filter(({ thread }) => isHere(acting, thread))
}

export function schedulesWords(schedules: readonly Schedule[]): string {
  if (schedules.length === 0) return 'No brief recurs here.'
  return schedules.map((one) => [shortId(one.scheduleId), ...scheduleParts(one)].join(' · ')).join('\n')
}

/** Lets a recurring brief rest; a job that runs goes on. Who asked for it, or an admin. */
export async function pause(desk: Desk, acting: Acting, input: { name: string }): Promise<Reply> {
  const { scheduleId } = await choose(desk, acting, input)
  await pauseSchedule(desk.store, contextOf(acting), { scheduleId })
  return done('Paused. A run that is under way goes on.')
}

export async function resume(desk: Desk, acting: Acting, input: { name: string }): Promise<Reply> {
  const { scheduleId } = await choose(desk, acting, input)
  await resumeSchedule(desk.store, contextOf(acting), { scheduleId })
  const again = (await schedulesHere(desk, acting)).filter((one) => one.scheduleId === scheduleId)
  return done(`It recurs again.\n${schedulesWords(again)}`)
}

export async function unschedule(desk: Desk, acting: Acting, input: { name: string }): Promise<Reply> {
  const { scheduleId } = await choose(desk, acting, input)
  await deleteSchedule(desk.store, contextOf(acting), { scheduleId })
  return done('Deleted. Its jobs and their answers stay.')
}

async function choose(desk: Desk, acting: Acting, { name }: { name: string }): Promise<Schedule> {
  const here = await schedulesHere(desk, acting)
  const [found] = here.filter(({ scheduleId }) => isCalled(scheduleId, name))
  if (!found) {
    throw new LoomError({
      kind: 'not_found',
      message: 'No brief that recurs here goes by that ID. The list of schedules names them.',
    })
  }
  if (found.createdBy === acting.account.identityId || (await mayAdminister(desk, acting, { anew: true })))
    return found
  throw new LoomError({
    kind: 'forbidden',
    message: 'Only the person who asked for this recurring brief, an admin or an owner can change it.',
  })
}
