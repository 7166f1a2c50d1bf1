import { expect, test } from 'vitest'
import { expectExit, useProcesses } from '../story/processes.ts'

const processes = useProcesses()

test('a brief that names its times is kept as a recurring one, said so, listed and deleted', async () => {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const place = { cwd, env: { DATABASE_URL: bed.url, TZ: 'Europe/Berlin' } }
  const ended = await processes.brief(['every weekday at 8: What changed in churn?'], place).ended
  expectExit(ended, 0)
  expect(ended.stdout).toMatch(
    /^[\da-f-]{36} {2}every weekday at 08:00, first on .+ 08:00\nIt runs while npm start runs here/,
  )
  const loom = async (...words: string[]) =>
    (await processes.run('src/cli/loom.ts', words, place).ended).stdout
  const listed = await loom('schedules')
  expect(listed).toContain('What changed in churn?')
  expect(listed).toContain('Europe/Berlin')
  const [id = ''] = listed.split(' ')
  expect(await loom('unschedule', id)).toContain('Deleted.')
  expect(await loom('schedules')).toBe('No brief recurs yet.\n')
})
