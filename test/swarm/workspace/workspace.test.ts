import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { WorkspaceFile } from '../../../src/core/workspace.ts'
import { createWorkspace } from '../../../src/swarm/workspace/workspace.ts'
import { memoryObjects } from './memory-objects.ts'

const signal = new AbortController().signal
const prefix = 'tenant/job'

function open(layers: {
  inputs?: readonly WorkspaceFile[]
  dependencies?: readonly (readonly WorkspaceFile[])[]
  own?: readonly WorkspaceFile[]
}) {
  const objects = memoryObjects()
  const input = { inputs: [], dependencies: [], own: [], taskKey: 'compare', ...layers }
  return { objects, workspace: createWorkspace({ objects, prefix }, input) }
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

function file(path: string, text: string, writtenBy?: string): WorkspaceFile {
  return { path, sha256: hashOf(text), bytes: text.length, mediaType: 'text/plain', writtenBy }
}

const bytes = (text: string) => Buffer.from(text)

describe('a workspace', () => {
  it('lists what came, what was left and what it wrote, by path', () => {
    const { workspace } = open({
      inputs: [file('inputs/churn.csv', 'a')],
      dependencies: [[file('notes/z.md', 'b', 'one')], [file('notes/a.md', 'c', 'two')]],
      own: [file('draft.md', 'd', 'compare')],
    })
    expect(workspace.list().map((file) => file.path)).toEqual([
      'draft.md',
      'inputs/churn.csv',
      'notes/a.md',
      'notes/z.md',
    ])
    expect(workspace.conflicts).toEqual([])
  })

  it('keeps a dependency’s different file under another name and says so', () => {
    const layers = {
      dependencies: [
        [file('notes/a.tar.md', 'one', 'first')],
        [file('notes/a.tar.md', 'two', 'second'), file('notes/a.tar.second.md', 'in the way', 'second')],
        [file('notes/a.tar.md', 'one', 'third')],
      ],
    }
    const { workspace } = open(layers)
    expect(workspace.conflicts).toEqual([
      { path: 'notes/a.tar.md', keptAs: 'notes/a.tar.second-2.md', writtenBy: 'second' },
    ])
    expect(workspace.stat('notes/a.tar.md')?.sha256).toBe(hashOf('one'))
    expect(workspace.stat('notes/a.tar.second-2.md')).toMatchObject({
      sha256: hashOf('two'),
      writtenBy: 'second',
    })
    expect(workspace.stat('notes/a.tar.second.md')?.sha256).toBe(hashOf('in the way'))
    expect(open(layers).workspace.list()).toEqual(workspace.list())
  })

  it('keeps a conflicting file with a long name within the limit of a path', () => {
    const path = `${'x'.repeat(236)}.csv`
    const { workspace } = open({
      dependencies: [[file(path, 'one', 'first')], [file(path, 'two', 'second')]],
    })
    const keptAs = workspace.conflicts[0]?.keptAs ?? ''
    expect(keptAs).toMatch(/^x+\.second\.csv$/)
    expect(keptAs.length).toBe(240)
  })

  it('lets its own file lie over a dependency’s without a conflict', () => {
    const { workspace } = open({
      dependencies: [[file('a.md', 'one', 'first')]],
      own: [file('a.md', 'two', 'compare')],
    })
    expect(workspace.conflicts).toEqual([])
    expect(workspace.stat('a.md')?.writtenBy).toBe('compare')
  })

  it('writes under the hash, reads back, and drains each path once', async () => {
    const { workspace, objects } = open({})
    await workspace.write('final//report.md', bytes('first'), 'text/markdown', signal)
    const written = await workspace.write('./final/report.md', bytes('second'), 'text/markdown', signal)
    expect(written).toEqual({
      path: 'final/report.md',
      sha256: hashOf('second'),
      bytes: 6,
      mediaType: 'text/markdown',
      writtenBy: 'compare',
    })
    expect(objects.objects.has(`${prefix}/blobs/${hashOf('second')}`)).toBe(true)
    expect(Buffer.from(await workspace.read('final/report.md', signal)).toString()).toBe('second')
    expect(workspace.drain()).toEqual([written])
    expect(workspace.drain()).toEqual([])
    expect(workspace.stat('final/report.md')).toEqual(written)
  })

  it('rebuilds on another worker from what was drained', async () => {
    const { workspace, objects } = open({})
    await workspace.write('a.md', bytes('text'), 'text/markdown', signal)
    const again = createWorkspace(
      { objects, prefix },
      { inputs: [], dependencies: [], own: workspace.drain(), taskKey: 'compare' },
    )
    expect(Buffer.from(await again.read('a.md', signal)).toString()).toBe('text')
    expect(again.drain()).toEqual([])
  })

  it.each(['inputs/churn.csv', 'inputs/new.csv', 'inputs', 'Inputs/x', './inputs/x', '../x', '/x', ''])(
    'refuses to write %j and stages nothing',
    async (path) => {
      const { workspace, objects } = open({ inputs: [file('inputs/churn.csv', 'a')] })
      await expect(workspace.write(path, bytes('x'), 'text/plain', signal)).rejects.toMatchObject({
        kind: 'invalid_input',
      })
      expect(workspace.drain()).toEqual([])
      expect(objects.objects.size).toBe(0)
    },
  )

  it('refuses a path that would make one name a file and a folder', async () => {
    const { workspace } = open({ own: [file('a', 'x', 'compare'), file('b/c', 'x', 'compare')] })
    for (const path of ['a/b', 'b']) {
      await expect(workspace.write(path, bytes('x'), 'text/plain', signal)).rejects.toMatchObject({
        kind: 'invalid_input',
      })
    }
    await workspace.write('ab', bytes('x'), 'text/plain', signal)
  })

  it('refuses more than a written file may have, and takes exactly that', async () => {
    const { workspace } = open({})
    await workspace.write('a', new Uint8Array(10_000_000), 'text/plain', signal)
    await expect(
      workspace.write('b', new Uint8Array(10_000_001), 'text/plain', signal),
    ).rejects.toMatchObject({ kind: 'too_large', message: expect.stringContaining('10 MB') })
  })

  it('says not_found, corrupt, or what the store says', async () => {
    const { workspace, objects } = open({ inputs: [file('inputs/a', 'a')] })
    await expect(workspace.read('inputs/none', signal)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(workspace.read('inputs/a', signal)).rejects.toMatchObject({ kind: 'not_found' })
    objects.objects.set(`${prefix}/blobs/${hashOf('a')}`, bytes('b'))
    await expect(workspace.read('inputs/a', signal)).rejects.toMatchObject({ kind: 'corrupt' })
  })

  it('does nothing after an abort', async () => {
    const { workspace } = open({ inputs: [file('inputs/a', 'a')] })
    const stopped = AbortSignal.abort(new Error('stopped'))
    await expect(workspace.read('inputs/a', stopped)).rejects.toThrow('stopped')
    await expect(workspace.write('a', bytes('x'), 'text/plain', stopped)).rejects.toThrow('stopped')
    expect(workspace.drain()).toEqual([])
  })
})
