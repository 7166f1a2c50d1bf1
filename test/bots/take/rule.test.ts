import { expect, test } from 'vitest'
import { type Heard, hear, type Known, type Said } from '../../../src/bots/take/rule.ts'

const plain: Said = {
  author: 'person',
  direct: false,
  reply: false,
  mentionsLoom: false,
  beginsWithOther: false,
  botMayOrder: false,
}
const live: Known = { live: true, ownThread: false }
const over: Known = { live: false, ownThread: false }
const own: Known = { live: false, ownThread: true }

test.each<[string, Partial<Said>, Known | undefined, Heard]>([
  ['words at top level', {}, undefined, 'nothing'],
  ['a mention at top level', { mentionsLoom: true }, undefined, 'order'],
  ['a reply in a thread without Loom', { reply: true }, undefined, 'nothing'],
  ['a mention in a thread without Loom', { reply: true, mentionsLoom: true }, undefined, 'order'],
  ['a direct message', { direct: true }, undefined, 'order'],
  ['a reply in a direct message after the end', { direct: true, reply: true }, over, 'order'],
  ['a reply while a job runs', { reply: true }, live, 'order'],
  ['a mention while a job runs', { reply: true, mentionsLoom: true }, live, 'order'],
  ['a reply to somebody else while a job runs', { reply: true, beginsWithOther: true }, live, 'context'],
  [
    'a reply to somebody else that names Loom while a job runs',
    { reply: true, beginsWithOther: true, mentionsLoom: true },
    live,
    'context',
  ],
  ['a reply after the end', { reply: true }, over, 'context'],
  ['a mention after the end', { reply: true, mentionsLoom: true }, over, 'order'],
  ['a reply of who asked in the own thread', { reply: true }, own, 'order'],
  ['a reply of who asked to somebody else', { reply: true, beginsWithOther: true }, own, 'context'],
  ['the changed first message of a running thread', { mentionsLoom: true }, live, 'order'],
  ['a bot’s words', { author: 'bot', reply: true }, live, 'context'],
  ['a bot’s mention', { author: 'bot', mentionsLoom: true }, undefined, 'nothing'],
  [
    'a bot’s mention where bots may order',
    { author: 'bot', mentionsLoom: true, botMayOrder: true },
    undefined,
    'order',
  ],
  ['a bot’s words where bots may order', { author: 'bot', reply: true, botMayOrder: true }, live, 'context'],
  ['a stranger’s mention', { author: 'stranger', mentionsLoom: true }, undefined, 'nothing'],
  ['a stranger’s reply while a job runs', { author: 'stranger', reply: true }, live, 'context'],
  ['Loom’s own words', { author: 'loom', reply: true, mentionsLoom: true }, live, 'nothing'],
])('%s', (_, said, known, heard) => {
  expect(hear({ ...plain, ...said }, known)).toBe(heard)
})
