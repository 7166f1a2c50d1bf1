import { afterAll, beforeAll, expect, test } from 'vitest'
import { limits } from '../../src/core/limits.ts'
import { createRehearsal } from '../../src/swarm/models/rehearsal/index.ts'
import { openSwarm, type Person, type Swarm } from './swarm-bed.ts'

let swarm: Swarm
let person: Person
beforeAll(async () => {
  swarm = await openSwarm()
  person = await swarm.person()
  await swarm.work(createRehearsal())
})
afterAll(() => swarm.close())

test('a brief of exactly 1 MB is taken and answered', async () => {
  const text = 'How many words are there? '.repeat(40_000).slice(0, limits.promptBytes)
  expect(Buffer.byteLength(text)).toBe(limits.promptBytes)
  const answer = await person.answer(await person.ask(text))
  expect(answer.outcome).toBe('done')
  expect(answer.title.length).toBeLessThanOrEqual(80)
})

test('a brief of one byte more is refused with the limit, and nothing of it is kept', async () => {
  const before = await swarm.bed.admin`select 1 from loom.messages`
  await expect(person.ask(`${'ü'.repeat(limits.promptBytes / 2)}x`)).rejects.toThrow(
    'The brief is 1,000,001 bytes long; at most 1,000,000 are taken. Put the rest into a file.',
  )
  expect(await swarm.bed.admin`select 1 from loom.messages`).toHaveLength(before.length)
})

test('a brief of blanks only is refused', async () => {
  await expect(person.ask(' \n\t ')).rejects.toThrow('The brief is empty. Say what you want in a sentence.')
})
