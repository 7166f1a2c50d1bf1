import { expect, test } from 'vitest'
import { typedWords } from '../../src/cli/typed-words.ts'

test.each([
  ['', { kind: 'nothing' }],
  ['  ', { kind: 'nothing' }],
  ['stop', { kind: 'stop' }],
  [' Stop. ', { kind: 'stop' }],
  ['/stop', { kind: 'stop' }],
  ['/help', { kind: 'help' }],
  ['?', { kind: 'help' }],
  ['stop counting the free plan', { kind: 'say', text: 'stop counting the free plan' }],
  ['@researcher only 2024 ', { kind: 'say', text: '@researcher only 2024' }],
  ['/drop Churn March', { kind: 'drop', name: 'Churn March' }],
  ['/rerun 2', { kind: 'rerun', name: '2' }],
  ['/drop', { kind: 'unknown', command: '/drop' }],
  ['/cap 9', { kind: 'unknown', command: '/cap' }],
])('%j typed while a brief runs means %j', (line, meaning) => {
  expect(typedWords(line)).toEqual(meaning)
})
