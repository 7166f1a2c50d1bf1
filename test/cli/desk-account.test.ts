import { expect, it } from 'vitest'
import { requestVerbs } from '../../src/cli/commands/desk-requests.ts'
import type { Parts } from '../../src/roles/parts.ts'
import type { DatabaseRole } from '../../src/storage/database.ts'
import { listRequests } from '../../src/storage/requests/list.ts'
import { openTenant, useBed } from '../storage/support/bed.ts'
import { describeOneServer } from '../support/store.ts'

describeOneServer('the desk of a hosted Loom', (server) => {
  const bed = useBed(server)

  it('keeps what is asked without an account in one of its own, apart from everybody’s', async () => {
    const tenant = await openTenant(bed())
    const openStore = (role: DatabaseRole) => bed().store(role)
    const parts = { config: { mode: 'hosted' }, openStore } as Pick<Parts, 'openStore'> as Parts
    const open = (...words: string[]) =>
      requestVerbs.open?.(parts, ['--kind', 'access', '--contact', 'ada@example.com', ...words])
    const ids = [await open(), await open(), await open('--account', tenant.tenantId)].map((said) =>
      String(said?.split('\n')[0]),
    )
    const lines = await listRequests(bed().store('loom_dump'), { closed: false })
    const accounts = ids.map((id) => lines.find(({ requestId }) => requestId === id)?.tenantId)
    expect(accounts).toEqual([accounts[0], accounts[0], tenant.tenantId])
    expect(accounts[0]).not.toBe(tenant.tenantId)
    expect(await requestVerbs.show?.(parts, [ids[0] ?? ''])).toMatch(/^access, open, of ada@example\.com/)
    // Nobody of an account is found without saying which.
    await expect(open('--person', tenant.identityId)).rejects.toThrow(/^Say what is asked for/)
  })
})
