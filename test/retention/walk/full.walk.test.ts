import { inject, it } from 'vitest'
import { walkHistory } from './walk-history.ts'

const [server] = inject('servers')
if (!server) throw new Error('no test server')

it('keeps everything its time and nothing longer, on each of 400 days of fifty accounts', async () => {
  const tell = (line: string) => void process.stderr.write(`${line}\n`)
  await walkHistory(server, { days: 400, hosts: 50, deeds: 1_100, canaries: 10_000, tell })
})
