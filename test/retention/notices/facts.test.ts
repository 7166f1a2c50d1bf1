import { describe, expect, it } from 'vitest'
import { policyTable } from '../../../src/retention/notices/announce.ts'
import { changesOf } from '../../../src/retention/notices/changes.ts'
import { fingerprintOf, policyFacts, policyFile } from '../../../src/retention/notices/facts.ts'
import { noticeText } from '../../../src/retention/notices/words.ts'
import { version } from '../../../src/retention/policy.ts'

const facts = policyFacts()
const messages = facts.rows.messages
const slack = facts.processors.slack
if (!messages || !slack) throw new Error('the table has changed')

describe('the version of the table', () => {
  it('has the fingerprint of what binds in it: whoever changes that gives it a new number and day', () => {
    expect(fingerprintOf(facts)).toBe(version.fingerprint)
    expect(policyFile.parse(JSON.parse(JSON.stringify(policyTable())))).toEqual(policyTable())
  })

  it('is another with each part that binds, and the same in another order', () => {
    const row = (part: object) => ({ ...facts, rows: { ...facts.rows, messages: { ...messages, ...part } } })
    const others = [
      row({ kept: '91 days' }),
      row({ category: 'usage' }),
      row({ purpose: 'To sell it.' }),
      row({ eraser: 'nothing' }),
      row({ exception: 'Because.' }),
      { ...facts, rows: { ...facts.rows, more: messages } },
      { ...facts, processors: { ...facts.processors, mill: slack } },
      { ...facts, processors: { ...facts.processors, slack: { ...slack, gets: 'Everything.' } } },
      { ...facts, categories: { ...facts.categories, mood: { title: 'Mood', what: 'Your mood.' } } },
      { ...facts, cookies: { ...facts.cookies, ad: 'Follows you.' } },
    ]
    const prints = others.map(fingerprintOf)
    expect(new Set([...prints, version.fingerprint]).size).toBe(others.length + 1)
    for (const other of others) expect(changesOf(facts, other)).toHaveLength(1)
    const turned = { ...facts, rows: Object.fromEntries(Object.entries(facts.rows).reverse()) }
    expect([fingerprintOf(turned), changesOf(facts, turned)]).toEqual([version.fingerprint, []])
  })

  it('says in words what changes, both ways', () => {
    const { messages: _, ...rest } = facts.rows
    const without = { ...facts, rows: rest }
    expect(changesOf(without, facts)).toEqual([
      expect.stringMatching(/^New: What was said in a thread .+ \(kept 90 days\)\.$/),
    ])
    expect(changesOf(facts, without)).toEqual([expect.stringMatching(/^No longer kept: What was said/)])
  })
})

describe('the text of a notice', () => {
  it('keeps to one line what could be a header or a line of its own, and escapes what could be an element', () => {
    const { html, subject, text } = noticeText({
      name: 'Eve\r\nBcc: x\u202e<i>',
      version: 2,
      day: '2027-02-01',
      changes: ['One\r\nTwo <script>'],
      page: 'https://loom.example/privacy?a=1&b="2"',
    })
    expect(subject).toBe('Loom’s privacy policy changes on 1 February 2027')
    expect(text).toContain('Hello Eve Bcc: x <i>,')
    expect(text).toContain('- One Two <script>')
    expect(html).not.toMatch(/<script|<i>|"2"/)
    expect(html).not.toMatch(/<img|src=|style=/)
  })
})
