import { createHash } from 'node:crypto'
import type {
  Answer,
  AnswerFile,
  Approval,
  Card,
  CardRow,
  OutMessage,
  Question,
} from '../../src/core/chat.ts'

/** Messages for the tests of chat ports: plausible by default, changed by what the test is about. */

/** An id as ours are, the same one for each name. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function cardRow(part: Partial<CardRow> & { title: string }): CardRow {
  return { key: part.title, state: 'waiting', activity: '', step: 0, costMicroUsd: 0, waitsFor: [], ...part }
}

export function card(part: Partial<Card> = {}): Card {
  const rows = part.rows ?? [
    cardRow({ title: 'January', state: 'done', activity: '1,204 rows', step: 3, costMicroUsd: 80_000 }),
    cardRow({ title: 'March', state: 'running', activity: 'counting', step: 4, costMicroUsd: 50_000 }),
    cardRow({ title: 'Compare', waitsFor: ['January', 'March'] }),
  ]
  return {
    jobId: idOf('job 1'),
    title: 'Comparing churn exports',
    state: 'running',
    reason: undefined,
    done: rows.filter((row) => row.state === 'done').length,
    total: rows.length,
    costMicroUsd: 420_000,
    capMicroUsd: 5_000_000,
    startedAtMs: 1_750_000_000_000,
    endedAtMs: undefined,
    said: undefined,
    ...part,
    rows,
  }
}

export function answerFile(path: string, part: Partial<AnswerFile> = {}): AnswerFile {
  return {
    artifactId: idOf(`artifact ${path}`),
    path,
    mediaType: 'text/markdown',
    bytes: 12_345,
    sha256: 'ab'.repeat(32),
    url: undefined,
    localPath: undefined,
    starred: false,
    ...part,
  }
}

export function answer(part: Partial<Answer> = {}): Answer {
  return {
    jobId: idOf('job 1'),
    title: 'Comparing churn exports',
    outcome: 'done',
    markdown: 'Churn rose from 3.1 % to 4.4 %.',
    files: [],
    receipt: {
      agents: 5,
      steps: 31,
      durationMs: 130_400,
      costMicroUsd: 610_000,
      capMicroUsd: 5_000_000,
      models: [
        {
          provider: 'a',
          model: 'm',
          steps: 31,
          inputTokens: 170,
          cacheReadTokens: 830,
          cacheWriteTokens: 0,
          outputTokens: 90,
          costMicroUsd: 610_000,
        },
      ],
      byAgent: [{ title: 'January', steps: 31, costMicroUsd: 610_000 }],
      handovers: [],
    },
    ...part,
  }
}

export const cardMessage = (part: Partial<Card> = {}): OutMessage => ({ kind: 'card', card: card(part) })
export const answerMessage = (part: Partial<Answer> = {}): OutMessage => ({
  kind: 'answer',
  answer: answer(part),
})
export const noticeMessage = (text: string): OutMessage => ({ kind: 'notice', notice: { text } })

export const questionMessage = (part: Partial<Question> = {}): OutMessage => ({
  kind: 'question',
  question: {
    jobId: idOf('job 1'),
    questionId: idOf('question 1'),
    asker: 'March',
    text: 'Which currency shall the report use?',
    choices: ['Euro', 'Dollar'],
    state: 'open',
    answer: undefined,
    answeredBy: undefined,
    ...part,
  },
})

export const approvalMessage = (part: Partial<Approval> = {}): OutMessage => ({
  kind: 'approval',
  approval: {
    jobId: idOf('job 1'),
    approvalId: idOf('approval 1'),
    asker: 'March',
    tool: 'drop',
    request: 'Delete the table churn.',
    state: 'open',
    pressedBy: undefined,
    expiresAtMs: 1_750_000_000_000,
    ...part,
  },
})

/** What a stranger might put into a title, a file or an answer to disturb the place where it is shown. */
export const hostileTexts: readonly string[] = [
  'red \u001b[31mletters\u001b[0m and \u001b[2J\u001b[Hcleared',
  'one\u001b[5Aup \u009b2Kgone \u001bcreset',
  'title \u001b]0;pwned\u0007 and \u001b]2;pwned\u001b\\ set',
  'clipboard \u001b]52;c;cm0gLXJmIC8=\u0007 written',
  'link \u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\ hidden',
  'bell \u0007\u0007 rings, back\b\b\bspace, return\rback',
  'device \u001bP+q544e\u001b\\ asked, \u001b[6n cursor asked',
  'unfinished \u001b]0;never closed',
  'entities &#27;[31m &#x1b;]0;pwned&#7; &#x202e;turned',
  'invoice\u202egpj.exe and \u2066isolated\u2069 \u200fmarks',
  'zero\u200bwidth\u2060joined\ufeff and tags \u{e0041}\u{e0042}\u{e007f}',
  'z̷̢̛͖̘̱̈́̅̓͝ä̴̡̛̰̼́̑͜ĺ̵̡̙͔̓̈g̶̨͇̏̊o̷͚͒ stacked marks',
  '<!channel> <!here> <@U123> @everyone @here <@&42> <#C1>',
  '[click](javascript:alert(1)) ![x](https://evil.example/p.png)',
  '```\nfence ``` **bold** | table | \n| --- | > quote',
  `unbroken${'x'.repeat(3000)}`,
  'emoji 👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 ❤️ 1️⃣',
  '中文标题没有空格而且非常长所以必须换行才能显示完整内容给读者看到',
  'עברית ועוד العربية مع أرقام ١٢٣ mixed with Latin',
  'two\nlines\r\nand\u2028more\u2029of\u0085them\ttabbed',
  'lone \ud800 surrogate and \udc00 another',
]
