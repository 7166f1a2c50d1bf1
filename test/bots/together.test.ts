import { expect, test } from 'vitest'
import { together } from '../../src/bots/together.ts'

/** Asks that are answered by hand, in the order in which they began. */
function asks() {
  const open: { questions: readonly string[]; end: (thrown?: Error) => void }[] = []
  const find = together<string, string>({
    lineOf: (question) => question.split(':')[0] ?? '',
    ask: (questions) =>
      new Promise((resolve, reject) => {
        const end = (thrown?: Error) =>
          thrown ? reject(thrown) : resolve(questions.map((question) => `answer to ${question}`))
        open.push({ questions, end })
      }),
  })
  return { find, open, asked: () => open.map(({ questions }) => questions) }
}

test('a lone question is asked at once, and whoever comes meanwhile shares the next ask', async () => {
  const { asked, find, open } = asks()
  const first = find('a:1')
  expect(asked()).toEqual([['a:1']])
  const [second, third] = [find('a:2'), find('a:3')]
  expect(asked()).toEqual([['a:1']])
  open[0]?.end()
  await expect(first).resolves.toBe('answer to a:1')
  expect(asked()).toEqual([['a:1'], ['a:2', 'a:3']])
  open[1]?.end()
  await expect(Promise.all([second, third])).resolves.toEqual(['answer to a:2', 'answer to a:3'])
  void find('a:4')
  expect(asked()).toEqual([['a:1'], ['a:2', 'a:3'], ['a:4']])
})

test('lines do not wait for each other', () => {
  const { asked, find } = asks()
  void find('a:1')
  void find('b:1')
  expect(asked()).toEqual([['a:1'], ['b:1']])
})

test('an ask that fails fails for those who shared it, and the next is asked anew', async () => {
  const { asked, find, open } = asks()
  const first = find('a:1')
  const shared = [find('a:2'), find('a:3')]
  open[0]?.end(new Error('away'))
  await expect(first).rejects.toThrow('away')
  open[1]?.end()
  await expect(Promise.all(shared)).resolves.toEqual(['answer to a:2', 'answer to a:3'])
  expect(asked()).toEqual([['a:1'], ['a:2', 'a:3']])
})
