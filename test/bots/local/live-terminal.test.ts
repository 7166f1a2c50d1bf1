import { describe, expect, test } from 'vitest'
import {
  answer,
  answerFile,
  answerMessage,
  cardMessage,
  cardRow,
  noticeMessage,
} from '../../contracts/messages.ts'
import { liveScene } from './terminals.ts'

const wide = { columns: 80, rows: 24 }
const rows = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    cardRow({
      title: `Task ${index + 1}`,
      state: index < 3 ? 'running' : 'waiting',
      activity: 'looking around',
    }),
  )

describe('while the job runs', () => {
  test('the card stays one card, the sign turns, the cursor is hidden', async () => {
    const scene = liveScene(wide)
    await scene.post(cardMessage(), 'card')
    const before = scene.screen.lines()
    expect(scene.screen.cursorVisible).toBe(false)
    scene.tick()
    expect(scene.screen.lines()).toEqual(before.map((line) => line.replace('◐', '◓')))
    for (let frame = 0; frame < 100; frame += 1) scene.tick()
    expect(scene.screen.lines()).toHaveLength(before.length)
    expect(scene.screen.disturbances).toEqual([])
  })

  test('nothing is written when nothing changed', async () => {
    const scene = liveScene(wide)
    await scene.post(cardMessage({ state: 'planning', rows: [] }), 'card')
    const writes = scene.screen.writes
    scene.tick()
    scene.tick()
    expect(scene.screen.writes).toBe(writes)
  })

  test('a notice stands above the card', async () => {
    const scene = liveScene(wide)
    await scene.post(cardMessage(), 'card')
    await scene.post(noticeMessage('Noted:\nthe Solo plan first.'), 'notice')
    scene.tick()
    const [first, second, ...others] = scene.screen.lines()
    expect(first).toBe('Noted: the Solo plan first.')
    expect(second).toMatch(/^Comparing churn exports/)
    expect(others).toHaveLength(3)
  })

  test('what is typed stands below the card, its end when it is long, and is gone with the answer', async () => {
    for (const size of [wide, { columns: 30, rows: 6 }]) {
      const scene = liveScene(size)
      scene.port.typed('')
      await scene.post(cardMessage(), 'card')
      expect(scene.screen.lines().at(-1)).toMatch(/^› tell the agents/)
      const text = 'leave out the \u001b[2Jfree plan and every plan that nobody has bought for a year '
      for (let at = 1; at <= text.length; at += 1) {
        scene.port.typed(text.slice(0, at))
        if (at % 7 === 0) scene.tick()
        expect(scene.screen.lines().filter((line) => line.startsWith('›'))).toHaveLength(1)
      }
      expect(scene.screen.lines().at(-1)).toMatch(/^› .*for a year _$/)
      await scene.post(noticeMessage('› leave out the free plan'), 'notice')
      scene.port.typed('')
      expect(scene.screen.lines()[0]).toBe('› leave out the free plan')
      expect(scene.screen.shown().length).toBeLessThanOrEqual(size.rows)
      await scene.post(answerMessage(), 'answer')
      expect(scene.screen.lines().join('\n')).not.toContain('tell the agents')
      expect(scene.screen.disturbances).toEqual([])
    }
  })

  test('a card taller than the screen neither scrolls nor repeats', async () => {
    for (const height of [5, 10, 24]) {
      const scene = liveScene({ columns: 80, rows: height })
      const ref = await scene.post(cardMessage({ rows: rows(40) }), 'card')
      for (let step = 1; step <= 20; step += 1) {
        await scene.edit(ref, cardMessage({ rows: rows(40), costMicroUsd: step * 10_000 }))
        scene.tick()
      }
      const lines = scene.screen.lines()
      expect(lines.length).toBeLessThan(height)
      expect(lines[0]).toContain('$0.20 of $5.00')
      expect(lines.at(-1)).toMatch(/^ {2}… \d+ more: /)
    }
  })

  test('a window that changes its width keeps one card and what stood above it', async () => {
    const scene = liveScene(wide)
    scene.screen.write('earlier work\n')
    await scene.post(cardMessage(), 'card')
    for (const columns of [50, 30, 20, 100, 40, 200, 80]) {
      scene.screen.resize({ columns, rows: 24 })
      scene.tick()
      const text = scene.screen.lines().join('\n')
      expect(text.split('Comparing').length, `${columns} columns:\n${text}`).toBe(2)
      expect(text).toContain('$0.42 of $5.00')
      expect(text.startsWith('earlier work\n')).toBe(true)
    }
  })

  test('a window that gets lower shows the card within its height', async () => {
    const scene = liveScene(wide)
    await scene.post(cardMessage({ rows: rows(15) }), 'card')
    scene.screen.resize({ columns: 80, rows: 5 })
    scene.tick()
    const shown = scene.screen.shown().filter((line) => line !== '')
    expect(shown).toHaveLength(4)
    expect(shown[0]).toContain('$0.42 of $5.00')
  })

  test('the ticker stops and the cursor comes back when the job ended', async () => {
    const scene = liveScene(wide)
    const ref = await scene.post(cardMessage(), 'card')
    expect(scene.ticking()).toBe(true)
    await scene.edit(ref, cardMessage({ state: 'done' }))
    expect(scene.ticking()).toBe(false)
    expect(scene.screen.cursorVisible).toBe(true)
  })

  test('closing leaves the whole card as text', async () => {
    const scene = liveScene({ columns: 80, rows: 5 })
    await scene.post(cardMessage({ rows: rows(12) }), 'card')
    scene.port.close()
    scene.port.close()
    expect(scene.ticking()).toBe(false)
    expect(scene.screen.cursorVisible).toBe(true)
    const lines = scene.screen.lines()
    expect(lines).toHaveLength(13)
    expect(lines[12]).toContain('Task 12')
  })
})

describe('when the answer comes', () => {
  test('card, answer, files and receipt stand in the thread, and nothing else', async () => {
    const scene = liveScene(wide)
    const ref = await scene.post(cardMessage(), 'card')
    await scene.edit(
      ref,
      cardMessage({
        state: 'done',
        done: 3,
        costMicroUsd: 610_000,
        rows: [cardRow({ title: 'March', state: 'done' })],
      }),
    )
    const files = [
      answerFile('final/report.md', { url: 'https://loom.example/a/1?sig=2' }),
      answerFile('final/churn-by-plan.csv', { bytes: 1204, localPath: '/tmp/out/churn.csv' }),
    ]
    await scene.post(answerMessage({ files }), 'answer')
    expect(scene.screen.lines()).toEqual([
      'Comparing churn exports · done · 3 of 1 · $0.61 of $5.00',
      '  ✓ March                                                                 $0.00',
      '',
      'Churn rose from 3.1 % to 4.4 %.',
      '',
      '  final/report.md          12 KB',
      '    https://loom.example/a/1?sig=2',
      '  final/churn-by-plan.csv  1.2 KB',
      '    /tmp/out/churn.csv',
      '',
      '  5 agents · 31 steps · 2 min 10 s · $0.61 · 83 % of input from cache',
    ])
    expect(scene.screen.cursorVisible).toBe(true)
  })

  test('a card that was still running ends as the answer says', async () => {
    const scene = liveScene(wide)
    const ref = await scene.post(cardMessage(), 'card')
    await scene.post(answerMessage({ outcome: 'cancelled', markdown: 'Stopped by you.' }), 'answer')
    await scene.edit(ref, cardMessage({ state: 'cancelled', costMicroUsd: 610_000 }))
    const lines = scene.screen.lines()
    expect(lines[0]).toBe('Comparing churn exports · stopped · 1 of 3 · $0.61 of $5.00')
    expect(lines[2]).toMatch(/^ {2}– March {4}stopped/)
    expect(scene.ticking()).toBe(false)
    expect(lines.join('\n').split('Comparing')).toHaveLength(2)
  })

  test('the next brief starts below with a card of its own', async () => {
    const scene = liveScene({ columns: 80, rows: 8 })
    await scene.post(cardMessage(), 'card 1')
    await scene.post(answerMessage(), 'answer 1')
    const ref = await scene.post(cardMessage({ jobId: 'job-2', title: 'Second brief' }), 'card 2')
    await scene.edit(ref, cardMessage({ jobId: 'job-2', title: 'Second brief', state: 'synthesizing' }))
    await scene.post(answerMessage({ jobId: 'job-2', markdown: 'Second answer.' }), 'answer 2')
    const text = scene.screen.lines().join('\n')
    expect(text.match(/Comparing churn|Churn rose|Second brief|Second answer/g)).toEqual([
      'Comparing churn',
      'Churn rose',
      'Second brief',
      'Second answer',
    ])
    expect(text).toContain('from cache\n\nSecond brief')
  })

  test('without input the receipt says nothing of the cache', async () => {
    const scene = liveScene(wide)
    const receipt = {
      agents: 1,
      steps: 1,
      durationMs: 850,
      costMicroUsd: 0,
      capMicroUsd: 5_000_000,
      models: [],
      byAgent: [],
      handovers: [],
    }
    await scene.post(answerMessage({ receipt }), 'answer')
    expect(scene.screen.lines().at(-1)).toBe('  1 agent · 1 step · 850 ms · $0.00')
  })

  test('steps that went to another model stand below the receipt, each way with its reason', async () => {
    const scene = liveScene(wide)
    const handovers = [
      {
        from: 'anthropic/claude-sonnet-5-5',
        to: 'openai/gpt-5.6-terra',
        reason: 'rate_limited' as const,
        steps: 2,
      },
      { from: 'anthropic/claude-opus-5-5', to: 'compatible/qwen3', reason: 'forbidden' as const, steps: 1 },
    ]
    await scene.post(answerMessage({ receipt: { ...answer().receipt, handovers } }), 'answer')
    expect(scene.screen.lines().slice(-2)).toEqual([
      '  2 steps went to gpt-5.6-terra: claude-sonnet-5-5 took no more requests',
      '  1 step went to qwen3: claude-opus-5-5 refused the key',
    ])
  })

  test('paths open by a click where the terminal can', async () => {
    const scene = liveScene(wide, { color: true, links: true })
    const files = [
      answerFile('final/a.md', { url: 'https://loom.example/a/1', localPath: '/tmp/a b.md' }),
      answerFile('final/b.md', { url: 'https://loom.example/a/2' }),
      answerFile('final/c.md', { url: 'javascript:alert(1)' }),
    ]
    await scene.post(answerMessage({ files }), 'answer')
    expect(scene.screen.links).toEqual(['file:///tmp/a%20b.md', 'https://loom.example/a/2'])
  })

  test.each([20, 40, 80, 200])('at %d columns it can all be read', async (columns) => {
    const scene = liveScene({ columns, rows: 5 })
    await scene.post(cardMessage({ rows: rows(12) }), 'card')
    await scene.post(answerMessage({ files: [answerFile('final/report.md')] }), 'answer')
    const text = scene.screen.lines().join('\n')
    expect(text.replace(/\s+/g, '')).toContain(
      'Churnrosefrom3.1%to4.4%.final/report.md12KB5agents·31steps·2min10s·$0.61·83%ofinputfromcache',
    )
    for (const row of rows(12)) expect(text).toContain(row.title)
    expect(scene.screen.disturbances).toEqual([])
  })
})
