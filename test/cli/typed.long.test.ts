import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createScreen } from '../bots/local/screen.ts'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { node, until, useProcesses } from '../story/processes.ts'
import { claudeSays, files, story } from '../story/said.ts'

const processes = useProcesses()
const terminals: ChildProcess[] = []
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.kill('SIGKILL')
})

// A pseudo terminal without a native module: Python has one wherever it is.
const python = spawnSync('python3', ['-c', 'import pty, os; os.waitstatus_to_exitcode']).status === 0
const openPty = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'

/** `npm run brief` on a terminal of 80 columns and 24 rows, with a person at its keys. */
function atTerminal(words: readonly string[], place: { cwd: string; env: Record<string, string> }) {
  const brief = path.join(import.meta.dirname, '../../src/cli/brief.ts')
  const { HOME = '', PATH = '' } = process.env
  const child = spawn('python3', ['-c', openPty, node, brief, ...words], {
    cwd: place.cwd,
    env: { HOME, PATH, LC_ALL: 'C.UTF-8', LOOM_HOME: path.join(place.cwd, '.loom'), ...place.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  terminals.push(child)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  const lines = () => {
    const screen = createScreen({ columns: 80, rows: 24 })
    // The terminal's own line ends; and colours, which this small screen takes for a disturbance.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    screen.write(text.replaceAll('\r\n', '\n').replace(/\x1b\[[\d;]*m/g, ''))
    return screen.lines()
  }
  return {
    type: (keys: string) => child.stdin.write(keys),
    lines,
    shows: (what: string | RegExp) => {
      const seen = () =>
        lines().some((line) => (typeof what === 'string' ? line.includes(what) : what.test(line)))
      return until(seen, () => `the terminal shows ${what}:\n${text}`)
    },
    ended: once(child, 'close').then(([code]) => code as number),
  }
}

describe.skipIf(!python)('a line typed while a brief runs', () => {
  test('reaches the agents, is seen while it is typed, and leaves the tree whole', async () => {
    const arrived = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    await using claude = await startAnthropic({
      script: [
        { reply: claudeSays(story.plan) },
        { hold: claudeSays(story.read), arrived: arrived.resolve, until: release.promise },
        ...[story.stays, story.write, story.prices, story.months, story.answer, story.review].map((said) => ({
          reply: claudeSays(said),
        })),
      ],
    })
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const env = { DATABASE_URL: bed.url, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
    const terminal = atTerminal(['Which plan is the cheapest?', ...files], { cwd, env })
    await arrived.promise
    await terminal.shows('› tell the agents something, or stop')
    terminal.type('Leave out the freex')
    await terminal.shows('› Leave out the freex_')
    terminal.type('\u007f plan.')
    await terminal.shows('› Leave out the free plan._')
    terminal.type('\r')
    // On its way, until an agent that is quick has read it.
    await terminal.shows(/your reply (is on its way|was read by)/)
    terminal.type('/help\r')
    await terminal.shows('/drop NAME goes on without it')
    terminal.type('/drop nobody\r')
    await terminal.shows('No agent goes by that name')
    await until(() => claude.requests.length === 3, 'the plan is gone over')
    release.resolve()
    expect(await terminal.ended).toBe(0)
    const heard = claude.requests.map(({ body }) =>
      JSON.stringify(body.messages).includes('Leave out the free plan.'),
    )
    expect(heard).toEqual([false, false, true, true, true, true, true, true])
    const lines = terminal.lines()
    expect(lines.filter((line) => line.includes('What the pricing says'))).toHaveLength(1)
    expect(lines.filter((line) => line === '› Leave out the free plan.')).toHaveLength(1)
    expect(lines.join('\n')).not.toContain('tell the agents something')
    expect(lines).toContain('Solo is the cheapest.')
  })

  test.each([
    ['stop', 'stop\r'],
    ['Ctrl-C', '\u0003'],
  ])('stops the brief: %s', async (_, keys) => {
    const arrived = Promise.withResolvers<void>()
    await using claude = await startAnthropic({
      script: [
        { reply: claudeSays(story.plan) },
        {
          hold: claudeSays(story.read),
          arrived: arrived.resolve,
          until: new Promise<void>(() => undefined),
        },
      ],
    })
    const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
    const env = { DATABASE_URL: bed.url, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
    const terminal = atTerminal(['Which plan is the cheapest?', ...files], { cwd, env })
    await arrived.promise
    await terminal.shows('› tell the agents')
    terminal.type(keys)
    expect(await terminal.ended).toBe(1)
    expect(terminal.lines().join('\n')).toMatch(/^Stopped at your word/m)
  })
})
