import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { ChatPort, OutMessage } from '../../src/core/chat.ts'
import { LoomError } from '../../src/core/errors.ts'
import type { ThreadId } from '../../src/core/thread-id.ts'
import {
  answerFile,
  answerMessage,
  approvalMessage,
  cardMessage,
  cardRow,
  hostileTexts,
  noticeMessage,
  questionMessage,
} from './messages.ts'

/** A message as a person can read it in the thread now. A long one may be several, or in a file: all of them count. */
export interface VisibleMessage {
  ref: string
  kind: string
  text: string
}

export interface ChatPortSetup {
  port: ChatPort
  thread: ThreadId
  /** A well-formed thread that this port does not serve. */
  otherThread: ThreadId
  visible(): Promise<VisibleMessage[]>
  /** The same installation as another process sees it, which knows nothing of what this one did. */
  another?(): Promise<ChatPort>
  /** What reached the person other than text: bells, titles, clipboards, mentions of everyone. */
  disturbances?(): Promise<string[]>
  close(): Promise<void>
}

/**
 * What every chat port promises. `appends`: the port writes a log, so what an edit replaces stays readable above;
 * `exact`: the port hands the answer to a program, character for character. `beginsTwice`: of an answer that is a file the
 * beginning stands in the message before it; `stays`: what was shown cannot be taken away again.
 */
export function chatPortContract(
  name: string,
  setup: () => Promise<ChatPortSetup>,
  options: { appends?: boolean; exact?: boolean; beginsTwice?: boolean; stays?: boolean } = {},
): void {
  const scene = (title: string, play: (given: ChatPortSetup & Reading) => Promise<void>) => {
    test(title, async () => {
      const given = await setup()
      try {
        await play({ ...given, ...reading(given) })
      } finally {
        await given.close()
      }
    })
  }

  describe(`${name}: posting and editing`, () => {
    scene('a message is shown once for each nonce, whatever it holds the second time', async (given) => {
      const first = await given.post(cardMessage({ title: 'First title' }), 'same')
      const again = await given.post(cardMessage({ title: 'Second title' }), 'same')
      const notice = await given.post(noticeMessage('Noted once.'), 'notice')
      await given.post(noticeMessage('Noted once.'), 'notice')
      expect(again).toBe(first)
      expect(notice).not.toBe(first)
      expect(await given.cards()).toHaveLength(1)
      expect(count(await given.text(), 'First title')).toBe(1)
      expect(await given.text()).not.toContain('Second title')
      expect(count(await given.text(), 'Noted once.')).toBe(1)
    })

    scene('what another process may have shown is not shown again', async (given) => {
      const other = await given.another?.()
      if (!other) return
      const messages: OutMessage[] = [
        cardMessage(),
        noticeMessage('Heard you.'),
        answerMessage(),
        questionMessage(),
      ]
      for (const [index, message] of messages.entries()) {
        const first = await given.post(message, `nonce-${index}`)
        const before = await given.text()
        const again = await other.post(given.thread, message, { nonce: `nonce-${index}`, mayBeShown: true })
        expect(again).toBe(first)
        expect(await given.text()).toBe(before)
        await other.edit(given.thread, again, message)
      }
    })

    scene('the same text under two nonces is shown twice', async (given) => {
      await given.post(noticeMessage('Heard you.'), 'one')
      await given.post(noticeMessage('Heard you.'), 'two')
      expect(count(await given.text(), 'Heard you.')).toBe(2)
    })

    scene('an edit changes the card in place and leaves one card', async (given) => {
      const ref = await given.post(cardMessage({ title: 'Before it' }), 'card')
      const rows = [cardRow({ title: 'March', state: 'done', activity: '902 rows', costMicroUsd: 110_000 })]
      await given.edit(
        ref,
        cardMessage({ title: 'After it', costMicroUsd: 610_000, state: 'synthesizing', rows }),
      )
      const [only, ...others] = await given.cards()
      expect(others).toEqual([])
      expect(only?.text).toContain('After it')
      expect(only?.text).toContain('902 rows')
      expect(only?.text).toContain('$0.61 of $5.00')
      if (!options.appends) expect(await given.text()).not.toMatch(/Before it|\$0\.42|counting/)
    })

    scene('fifty edits leave one card that shows the last', async (given) => {
      const ref = await given.post(cardMessage(), 'card')
      for (let step = 1; step <= 50; step += 1) {
        const state = step === 50 ? 'done' : 'running'
        const rows = [cardRow({ title: 'March', state, activity: `found ${step} things`, step })]
        await given.edit(ref, cardMessage({ rows, costMicroUsd: step * 10_000 }))
      }
      expect(await given.cards()).toHaveLength(1)
      expect(count(await given.text(), 'found 50 things')).toBe(1)
      expect(count(await given.text(), 'found 49 things')).toBe(0)
    })

    scene('editing with the same content is harmless', async (given) => {
      const ref = await given.post(cardMessage(), 'card')
      const before = await given.text()
      await given.edit(ref, cardMessage())
      expect(await given.text()).toBe(before)
    })

    scene('an edit of an unknown message fails with not_found and shows nothing', async (given) => {
      const failure = await failureOf(given.edit('no-such-message', cardMessage()))
      expect(failure).toMatchObject({ kind: 'not_found', retryable: false })
      expect(await given.visible()).toEqual([])
    })

    scene('a thread that is not served is refused, and nothing is shown', async (given) => {
      expect(given.port.serves(given.thread)).toBe(true)
      expect(given.port.serves(given.otherThread)).toBe(false)
      const ref = await given.post(noticeMessage('Here.'), 'here')
      const before = await given.text()
      const post = await failureOf(given.port.post(given.otherThread, cardMessage(), { nonce: 'other' }))
      const edit = await failureOf(given.port.edit(given.otherThread, ref, cardMessage()))
      for (const failure of [post, edit]) {
        expect(['forbidden', 'not_found']).toContain(failure.kind)
        expect(failure.retryable).toBe(false)
      }
      expect(await given.text()).toBe(before)
    })

    scene('posts and edits at the same time do not mix', async (given) => {
      const ref = await given.post(cardMessage(), 'card')
      const [one, two] = await Promise.all([
        given.post(noticeMessage('While it runs.'), 'notice'),
        given.post(noticeMessage('While it runs.'), 'notice'),
        given.edit(ref, cardMessage({ costMicroUsd: 430_000 })),
        given.edit(ref, cardMessage({ costMicroUsd: 440_000 })),
      ])
      await given.edit(ref, cardMessage({ costMicroUsd: 610_000, state: 'done' }))
      await given.post(answerMessage({ markdown: 'The whole answer.' }), 'answer')
      expect(one).toBe(two)
      expect(await given.cards()).toHaveLength(1)
      expect(count(await given.text(), 'While it runs.')).toBe(1)
      expect(count(await given.text(), 'The whole answer.')).toBe(1)
      expect((await given.cards())[0]?.text).toContain('$0.61 of $5.00')
    })

    scene('an edit of the card after the answer leaves one card and the answer', async (given) => {
      const ref = await given.post(cardMessage(), 'card')
      await given.post(answerMessage({ markdown: 'The whole answer.' }), 'answer')
      await given.edit(ref, cardMessage({ state: 'done', costMicroUsd: 610_000 }))
      expect(await given.cards()).toHaveLength(1)
      expect(count(await given.text(), 'The whole answer.')).toBe(1)
    })
  })

  describe(`${name}: taking away`, () => {
    const files = ['2026', '2027'].map((year) => {
      const text = `rows of ${year}`
      return answerFile(`final/rows-${year}.csv`, {
        bytes: text.length,
        read: async () => Readable.from([Buffer.from(text)]),
      })
    })
    const long = answerMessage({ markdown: `${'many words of an answer. '.repeat(1_500)}the-end`, files })
    const taken = options.stays ? 'kept' : 'removed'

    scene('a post goes with all its messages and files, and nothing else does', async (given) => {
      const card = await given.post(cardMessage({ title: 'This stays' }), 'card')
      const gone = [
        await given.post(long, 'answer'),
        await given.post(noticeMessage('To be taken away.'), 'notice'),
        await given.post(questionMessage({ text: 'And this question?' }), 'question'),
      ]
      for (const ref of gone) expect(await given.port.remove(given.thread, ref)).toBe(taken)
      const text = await given.text()
      expect(text).toContain('This stays')
      if (options.stays) return
      for (const word of ['many words', 'the-end', 'rows of', 'taken away', 'question'])
        expect(text).not.toContain(word)
      expect(await given.visible()).toHaveLength(1)
      await given.edit(card, cardMessage({ title: 'This stays too' }))
      expect(await given.text()).toContain('This stays too')
    })

    scene('what was taken away, or was never there, is gone', async (given) => {
      const ref = await given.post(noticeMessage('Here.'), 'here')
      await given.port.remove(given.thread, ref)
      expect(await given.port.remove(given.thread, ref)).toBe(options.stays ? 'kept' : 'gone')
      expect(await given.port.remove(given.thread, 'no-such-message')).toBe('gone')
    })

    scene('another process takes it away as well', async (given) => {
      const other = await given.another?.()
      if (!other) return
      const ref = await given.post(long, 'answer')
      const [one, two] = await Promise.all([
        given.port.remove(given.thread, ref),
        other.remove(given.thread, ref),
      ])
      expect([one, two]).toContain('removed')
      expect(await given.visible()).toEqual([])
    })

    scene('nothing of a thread that is not served is taken away', async (given) => {
      const ref = await given.post(noticeMessage('Here.'), 'here')
      const failure = await failureOf(given.port.remove(given.otherThread, ref))
      expect(failure).toMatchObject({ kind: 'forbidden', retryable: false })
      expect(await given.text()).toContain('Here.')
    })
  })

  describe(`${name}: the card`, () => {
    scene('money stands beside its cap in every state', async (given) => {
      const ref = await given.post(cardMessage({ state: 'received', rows: [], costMicroUsd: 0 }), 'card')
      for (const state of ['gathering', 'planning', 'running', 'synthesizing', 'failed'] as const) {
        await given.edit(ref, cardMessage({ state, costMicroUsd: 12_340_000, capMicroUsd: 20_000_000 }))
        expect(await given.text()).toContain('$12.34 of $20.00')
      }
    })

    scene('every title of twenty rows can be read', async (given) => {
      const states = ['done', 'running', 'waiting', 'failed', 'ready'] as const
      const rows = Array.from({ length: 20 }, (_, index) =>
        cardRow({ title: `Region ${index + 101}`, state: states[index % 5] ?? 'done', activity: 'looking' }),
      )
      await given.post(cardMessage({ rows }), 'card')
      for (const row of rows) expect(await given.text()).toContain(row.title)
    })

    scene('a job that waits for the person says so', async (given) => {
      const ref = await given.post(cardMessage({ state: 'suspended', reason: 'question' }), 'card')
      expect(await given.text()).toContain('waiting for your answer')
      await given.edit(ref, cardMessage({ state: 'suspended', reason: 'cap' }))
      expect(await given.text()).toContain('paused at the cap of $5.00')
    })
  })

  describe(`${name}: the answer`, () => {
    scene('forty thousand characters can all be read', async (given) => {
      const words = Array.from({ length: 5000 }, (_, index) => `w${10_000 + index}`)
      const paragraphs = words.map((word, index) => (index % 100 === 99 ? `${word}.\n\n` : `${word} `))
      const markdown = `${paragraphs.join('')}${'tail '.repeat(850)}end-of-answer`
      expect(markdown.length).toBeGreaterThan(39_000)
      await given.post(answerMessage({ markdown }), 'answer')
      const read = (await given.text()).match(/w1\d{4}\b/g) ?? []
      const begins = options.beginsTwice ? read.length - words.length : 0
      expect(read.slice(0, begins)).toEqual(words.slice(0, begins))
      expect(read.slice(begins)).toEqual(words)
      expect(await given.text()).toContain('end-of-answer')
    })

    scene('thirty files are all named', async (given) => {
      const files = Array.from({ length: 30 }, (_, index) => answerFile(`final/part-${index + 100}.csv`))
      await given.post(answerMessage({ files }), 'answer')
      for (const file of files) expect(await given.text()).toContain(file.path)
    })

    scene('the receipt says who worked, how long and what it cost', async (given) => {
      await given.post(answerMessage(), 'answer')
      const text = await given.text()
      if (!options.exact) expect(text).toContain('5 agents · 31 steps · 2 min 10 s · $0.61')
      else expect(text).toContain('610000')
    })

    for (const outcome of ['failed', 'cancelled'] as const) {
      scene(`a job that ended as ${outcome} says what happened`, async (given) => {
        const markdown =
          'The second file could not be opened. What January gave is kept. Send the file again.'
        await given.post(answerMessage({ outcome, markdown }), 'answer')
        expect(oneLine(await given.text())).toContain(markdown)
      })
    }

    scene('an empty answer is no empty message', async (given) => {
      await given.post(answerMessage({ markdown: ' \n\n', outcome: 'failed' }), 'failed')
      await given.post(answerMessage({ markdown: '', outcome: 'cancelled' }), 'cancelled')
      expect(await given.text()).toMatch(/failed/)
      expect(await given.text()).toMatch(options.exact ? /cancelled/ : /stopped/)
    })
  })

  describe(`${name}: what people are asked`, () => {
    scene(
      'a question says who asks what, and every choice; once answered, with what and by whom',
      async (given) => {
        const ref = await given.post(questionMessage(), 'question')
        const asked = oneLine(await given.text())
        for (const words of ['March asks', 'Which currency shall the report use?', 'Euro', 'Dollar'])
          expect(asked).toContain(words)
        expect(asked).not.toContain('Answered')
        await given.edit(ref, questionMessage({ state: 'answered', answer: 'Swiss francs' }))
        expect(oneLine(await given.text())).toContain('Answered: Swiss francs')
        const byName = questionMessage({ state: 'answered', answer: 'Swiss francs', answeredBy: 'Ana' })
        await given.edit(ref, byName)
        expect(oneLine(await given.text())).toContain('Answered by Ana: Swiss francs')
      },
    )

    scene(
      'a question is shown once for each nonce, and again only when something came of it',
      async (given) => {
        const ref = await given.post(questionMessage(), 'question')
        expect(await given.post(questionMessage(), 'question')).toBe(ref)
        await given.edit(ref, questionMessage())
        expect(count(oneLine(await given.text()), 'March asks')).toBe(1)
      },
    )

    scene('a question that needs no answer any more says so', async (given) => {
      const ref = await given.post(questionMessage(), 'question')
      await given.edit(ref, questionMessage({ state: 'withdrawn' }))
      expect(oneLine(await given.text())).toContain('No answer is needed any more')
    })

    scene(
      'an approval says what is about to be done and until when; then who decided what',
      async (given) => {
        const ref = await given.post(approvalMessage(), 'approval')
        const asked = oneLine(await given.text())
        for (const words of ['March needs your approval', 'Delete the table churn.', '2025-06-15'])
          expect(asked).toContain(words)
        await given.edit(ref, approvalMessage({ state: 'denied', pressedBy: 'Owner' }))
        expect(oneLine(await given.text())).toContain('Denied by Owner')
      },
    )

    for (const [state, words] of [
      ['approved', 'Approved by Owner'],
      ['expired', 'Not approved in time'],
      ['withdrawn', 'No approval is needed any more'],
    ] as const) {
      scene(`an approval that is ${state} says so`, async (given) => {
        const ref = await given.post(approvalMessage(), 'approval')
        await given.edit(
          ref,
          approvalMessage({ state, pressedBy: state === 'approved' ? 'Owner' : undefined }),
        )
        expect(oneLine(await given.text())).toContain(words)
      })
    }
  })

  describe(`${name}: text from outside`, () => {
    for (const text of hostileTexts) {
      scene(`does no harm: ${JSON.stringify(text).slice(0, 60)}`, async (given) => {
        const rows = [
          cardRow({ title: text, state: 'running', activity: text, step: 1 }),
          cardRow({ title: 'Neighbour', waitsFor: [text] }),
        ]
        const ref = await given.post(cardMessage({ title: text, rows }), 'card')
        await given.edit(
          ref,
          cardMessage({ title: text, rows, state: 'synthesizing', costMicroUsd: 430_000 }),
        )
        expect(await given.cards()).toHaveLength(1)
        expect((await given.cards())[0]?.text).toContain('$0.43 of $5.00')
        expect((await given.cards())[0]?.text).toContain('Neighbour')

        await given.post(noticeMessage(`before ${text} after`), 'notice')
        const asking = { asker: text, text, choices: [text, 'Neither'] }
        const asked = await given.post(questionMessage(asking), 'question')
        await given.edit(asked, questionMessage({ ...asking, state: 'answered', answer: text }))
        const request = await given.post(approvalMessage({ asker: text, request: text }), 'approval')
        await given.edit(
          request,
          approvalMessage({ asker: text, request: text, state: 'denied', pressedBy: text }),
        )
        const files = [answerFile(`final/${text}.md`, { url: `https://loom.example/a/1?${text}` })]
        const markdown = `Words before.\n\n${text}\n\n- ${text}\n\n| a | b |\n|---|---|\n| ${text} | c |\n\nWords after.`
        await given.post(answerMessage({ markdown, files }), 'answer')
        const all = await given.text()
        expect(all).toContain('Words before.')
        expect(all).toContain(text.includes('```') ? 'Words after' : 'Words after.')
        if (!options.exact) expect(all.match(acting)).toBeNull()
        expect((await given.disturbances?.()) ?? []).toEqual([])
      })
    }
  })
}

// Controls other than newline and tab, bidi controls, tags and the zero-width space: none may be in what is read.
const acting =
  /(?![\n\t])\p{Cc}|[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u

interface Reading {
  post(message: OutMessage, nonce: string): Promise<string>
  edit(ref: string, message: OutMessage): Promise<void>
  cards(): Promise<VisibleMessage[]>
  text(): Promise<string>
}

function reading({ port, thread, visible }: ChatPortSetup): Reading {
  return {
    post: (message, nonce) => port.post(thread, message, { nonce }),
    edit: (ref, message) => port.edit(thread, ref, message),
    cards: async () => (await visible()).filter((message) => message.kind === 'card'),
    text: async () => (await visible()).map((message) => message.text).join('\n'),
  }
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

async function failureOf(work: Promise<unknown>): Promise<LoomError> {
  const failure: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (failure instanceof LoomError) return failure
  throw new Error(`expected a LoomError, got ${String(failure)}`)
}
