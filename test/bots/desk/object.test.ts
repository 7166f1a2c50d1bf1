import { expect, it } from 'vitest'
import { runCommand } from '../../../src/bots/desk/command.ts'
import { feedback } from '../../../src/bots/desk/feedback.ts'
import { linkIdentities } from '../../../src/storage/identities/link.ts'
import { followLedger } from '../../../src/storage/ledger/follow.ts'
import { openTenant, systemOf, useBed } from '../../storage/support/bed.ts'
import { describeOneServer } from '../../support/store.ts'
import { actor, as, openDesk, openRunning } from './scene.ts'

describeOneServer('the desk and objections', (server) => {
  const bed = useBed(server)

  async function scene() {
    const tenant = await openTenant(bed())
    const desk = openDesk(tenant)
    const owner = await actor(tenant, { role: 'owner' })
    const person = await actor(tenant)
    const job = await openRunning(bed(), as(tenant, person))
    const line = async (text: string, who = person) =>
      runCommand(desk, who, { text, command: '/loom', mention: '@Loom', nameOf: (id) => id })
    const thumb = async (who = person) =>
      feedback(desk, { ...who, thread: job.thread }, { jobId: job.jobId, value: 1 })
    const kept = async () =>
      (await bed().admin`select identity_id from loom.feedback where tenant_id = ${tenant.tenantId}`).map(
        ({ identity_id: id }) => String(id),
      )
    return { tenant, owner, person, line, thumb, kept }
  }

  it('keeps no thumb of who objected, deletes what they gave, tells them so, and no one else is touched', async () => {
    const { kept, line, owner, person, thumb } = await scene()
    await thumb()
    await thumb(owner)
    expect((await line('object')).text).toMatch(/^Thumbs below answers: are kept\nMemory .+ allowed/)
    expect(await line('object feedback')).toMatchObject({
      changed: true,
      text: expect.stringContaining('/loom allow feedback'),
    })
    expect(await line('Object Feedback')).toMatchObject({ changed: false })
    expect(await kept()).toEqual([owner.account.identityId])
    expect(await thumb()).toMatchObject({ changed: false, text: expect.stringMatching(/^This was not kept/) })
    expect((await line('object')).text).toMatch(/^Thumbs below answers: off, for you/)
    expect((await thumb(owner)).changed).toBe(true)
    expect(await kept()).toEqual([owner.account.identityId])
    expect(await line('allow feedback')).toMatchObject({ changed: true })
    expect((await thumb()).changed).toBe(true)
    expect((await kept()).sort()).toEqual([owner.account.identityId, person.account.identityId].sort())
  })

  it('is for the whole account at an owner’s word alone', async () => {
    const { kept, line, owner, thumb } = await scene()
    await thumb()
    await expect(line('object feedback all')).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await kept()).toHaveLength(1)
    expect(await line('object feedback all', owner)).toMatchObject({ changed: true })
    expect(await line('object memory all', owner)).toMatchObject({ changed: true })
    expect(await kept()).toEqual([])
    expect((await thumb()).text).toContain('an owner decided')
    expect((await line('object')).text).toMatch(
      /^Thumbs below answers: off, for the whole account\nMemory .+: off, for the whole account/,
    )
    await line('allow feedback all', owner)
    expect((await thumb()).changed).toBe(true)
    expect((await line('object')).text).toMatch(
      /^Thumbs below answers: are kept\nMemory .+: off, for the whole/,
    )
  })

  it('holds for all identities of a person, and in a database that was put back to before', async () => {
    const { kept, line, owner, person, tenant, thumb } = await scene()
    await line('object feedback')
    const [position] = await bed().admin`select seq, hash from loom_shared.ledger_position`
    await line('object memory')
    await bed().admin`update loom_shared.ledger_position set seq = ${position?.seq}, hash = ${position?.hash}`
    await bed().admin`update loom.identities set memory_off_at = null`
    expect((await line('object')).text).toMatch(/^Thumbs below answers: off, for you\nMemory .+: allowed/)
    await followLedger(tenant.store)
    expect((await line('object')).text).toMatch(
      /^Thumbs below answers: off, for you\nMemory .+: off, for you/,
    )
    const { identityId } = owner.account
    await linkIdentities(tenant.store, systemOf(tenant), { identityId, sameAsId: person.account.identityId })
    expect((await thumb(owner)).text).toMatch(/^This was not kept/)
    expect(await kept()).toEqual([])
    await line('allow feedback', owner)
    expect((await thumb()).changed).toBe(true)
  })

  it('takes words for agents for what they are', async () => {
    const { line } = await scene()
    expect((await line('object to this plan, please')).text).toMatch(/^A brief needs a thread/)
    expect((await line('object money')).text).toMatch(/^Thumbs below answers/)
  })
})
