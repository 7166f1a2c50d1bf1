import { expect, it } from 'vitest'
import { runCommand } from '../../../src/bots/desk/command.ts'
import { loadTombstone } from '../../../src/storage/erasure/tombstones.ts'
import { openTenant, useBed } from '../../storage/support/bed.ts'
import { accept } from '../../storage/support/jobs.ts'
import { describeOneServer } from '../../support/store.ts'
import { actor, as, openDesk, openRunning } from './scene.ts'

describeOneServer('the desk and deletion', (server) => {
  const bed = useBed(server)

  async function scene(role: 'member' | 'owner' = 'member') {
    const tenant = await openTenant(bed())
    const person = await actor(tenant, { role })
    const desk = openDesk(tenant)
    const line = async (text: string) =>
      runCommand(desk, person, { text, command: '/loom', mention: '@Loom', nameOf: (id) => id })
    return { tenant, person, line }
  }

  it('says what would be forgotten, does it with one more word, and says when it will be done', async () => {
    const { line, person, tenant } = await scene()
    expect((await line('forget-me')).text).toBe('Loom keeps nothing that you wrote here.')
    await openRunning(bed(), as(tenant, person), { text: 'mine' })
    const would = await line('forget-me')
    expect(would.changed).toBe(false)
    expect(would.text).toMatch(
      /^This would delete 1 message, 1 brief with their transcripts \(1 running now, to be stopped\) and 1 file\./,
    )
    expect(would.text).toContain('/loom forget-me yes')
    expect(await line('forget-me please do')).toMatchObject({ changed: false })
    const does = await line('forget-me yes')
    expect(does).toMatchObject({ changed: true, text: expect.stringContaining('within 24 hours it is gone') })
    expect((await line('forget-me')).text).toContain('under way')
    expect(does.text).toContain('stay where they are')
    expect(would.text).toContain('/loom forget-me yes posts')
    expect((await line('forget-me yes posts')).text).toContain('is removed from the threads')
    const context = { tenantId: tenant.tenantId, actor: { kind: 'system' } } as const
    const subject = { kind: 'identity', subjectId: person.account.identityId } as const
    expect((await loadTombstone(tenant.store, context, subject))?.counts).toEqual({ posts: 'asked' })
    expect((await line('forget-me yes')).changed).toBe(true)
    expect((await loadTombstone(tenant.store, context, subject))?.counts).toEqual({ posts: 'asked' })
  })

  it('ignores at a word and hears again at another', async () => {
    const { line, person, tenant } = await scene()
    expect(await line('ignore-me')).toMatchObject({
      changed: true,
      text: expect.stringContaining('/loom hear-me'),
    })
    await expect(accept(as(tenant, person), {})).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await line('hear-me')).toMatchObject({ changed: true })
    expect(await accept(as(tenant, person), {})).toMatchObject({ kind: 'job' })
  })

  it('deletes an account for its owner alone, and takes it back while there is time', async () => {
    const guest = await scene('member')
    await expect(guest.line('delete-account yes')).rejects.toMatchObject({ kind: 'forbidden' })
    const { line, person, tenant } = await scene('owner')
    await openRunning(bed(), as(tenant, person), {})
    expect((await line('delete-account')).text).toContain('To do it: /loom delete-account yes')
    expect((await line('delete-account undo')).text).toBe('Nobody has asked to delete this account.')
    expect((await line('delete-account yes')).text).toContain('Its keys are destroyed in 24 hours')
    await expect(accept(as(tenant, person), {})).rejects.toMatchObject({
      message: expect.stringContaining('being deleted'),
    })
    expect((await line('status')).text).toBe('Nothing runs for you now, and nothing here.')
    const open = (await line('delete-account')).text
    expect(open).toContain('This account is being deleted. Its keys are destroyed in 24 hours')
    expect(open).toContain('/loom delete-account yes posts')
    expect((await line('delete-account yes posts')).text).toContain('What Loom posted is removed in 24 hours')
    expect((await line('delete-account')).text).not.toContain('yes posts')
    expect((await line('delete-account yes files')).text).toContain('This account is being deleted.')
    expect((await line('delete-account yes posts please')).changed).toBe(false)
    expect((await line('delete-account undo')).text).toMatch(/open again.* does not go on by itself/)
    expect(await accept(as(tenant, person), {})).toMatchObject({ kind: 'job' })
  })
})
