import { inject, it } from 'vitest'
import { walkHistory } from './walk-history.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')

it('keeps everything its time and nothing longer, on each of 120 days of eight accounts', async () => {
  await walkHistory(server, { days: 120, hosts: 8, deeds: 180, canaries: 1_500 })
})
