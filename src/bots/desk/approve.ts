import { LoomError } from '../../core/errors.ts'
import { loadApproval } from '../../storage/approvals/load.ts'
import { type Pressed, pressApproval } from '../../storage/approvals/press.ts'
import { findForDeciding } from './decide.ts'
import { type Acting, contextOf, type Desk, type Reply } from './desk.ts'

/** Approves or denies what a job waits to do. Who asked, or an admin. The first press counts; a late one is told so. */
export async function press(
  desk: Desk,
  acting: Acting,
  input: { jobId: string; approvalId: string; press: 'approved' | 'denied' },
): Promise<Reply> {
  const { approvalId, jobId } = input
  await findForDeciding(desk, acting, jobId)
  const context = contextOf(acting)
  const approval = await loadApproval(desk.store, context, { approvalId })
  const pressed =
    approval?.jobId === jobId
      ? await pressApproval(desk.store, context, { approvalId, press: input.press })
      : undefined
  if (!pressed) throw new LoomError({ kind: 'not_found', message: 'There is no such approval here.' })
  const changed = pressed.kind === input.press
  if (changed) desk.ring('worker')
  return { text: pressedWords(pressed), changed }
}

export function pressedWords(pressed: Pressed): string {
  switch (pressed.kind) {
    case 'approved':
      return 'Approved. The job goes on.'
    case 'denied':
      return 'Denied. The agent is told; the job goes on without it.'
    case 'expired':
      return 'It was too late: the time to approve this had run out.'
    case 'settled':
      return pressed.state === 'withdrawn'
        ? 'The job has ended; nothing waits for this any more.'
        : `That was ${pressed.state} already.`
  }
}
