import { inject, it } from 'vitest'
import { inBucket } from './shelves.ts'
import { walkHistory } from './walk-history.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')
const small = { days: 120, hosts: 8, deeds: 180, canaries: 1_500 }

it('keeps everything its time and nothing longer, on each of 120 days of eight accounts', async () => {
  await walkHistory(server, small)
})

it('keeps it so in a bucket with versions, too', async () => {
  await walkHistory(server, { ...small, shelf: inBucket })
})
