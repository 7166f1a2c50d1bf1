import { giveFeedback } from '../../storage/feedback/give.ts'
import { findForPressing } from './decide.ts'
import { type Acting, contextOf, type Desk, done, noSuchJob, type Reply, told } from './desk.ts'

/** Keeps what somebody thought of an answer. One word of each person; the last counts. */
export async function feedback(
  desk: Desk,
  acting: Acting,
  input: { jobId: string; value: 1 | -1 },
): Promise<Reply> {
  const { jobId, value } = input
  await findForPressing(desk, acting, jobId)
  const given = await giveFeedback(desk.store, contextOf(acting), { jobId, value })
  if (given === undefined) throw noSuchJob()
  if (given !== 'given') return told(notKeptWords[given.objected])
  return done(
    value > 0
      ? 'Noted, thank you.'
      : 'Noted, thank you. Say in the thread what is missing, and Loom goes on from there.',
  )
}

const notKeptWords = {
  person: 'This was not kept: you objected to your thumbs being kept. /loom allow feedback takes that back.',
  account: 'This was not kept: an owner decided that nobody’s thumbs are kept in this account.',
} as const
