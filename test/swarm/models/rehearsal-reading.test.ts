import { expect, test } from 'vitest'
import type { ResultPart } from '../../../src/core/model.ts'
import { readingsOf } from '../../../src/swarm/models/rehearsal/reading.ts'
import type { Scene } from '../../../src/swarm/models/rehearsal/scene.ts'

const sha256 = 'a'.repeat(64)
const label: ResultPart = { type: 'text', text: 'a.bin: what it is' }

test.each<[string, ResultPart]>([
  ['a picture', { type: 'image', mediaType: 'image/png', sha256 }],
  [
    'a PDF to look at',
    { type: 'document', mediaType: 'application/pdf', sha256, name: 'a.pdf', pages: 2, textBytes: 0 },
  ],
])(
  'the rehearsal model, which cannot see, takes %s for unreadable and keeps what was said of it',
  (_, shown) => {
    const call = { type: 'tool_call', id: 'c1', name: 'read', input: { path: 'a.bin' } } as const
    const result = { type: 'tool_result', callId: 'c1', name: 'read', isError: false } as const
    const scene: Pick<Scene, 'calls'> = { calls: [{ call, result: { ...result, content: [label, shown] } }] }
    expect(readingsOf(scene as Scene, ['a.bin'])).toMatchObject([
      { state: 'unreadable', text: 'a.bin: what it is' },
    ])
  },
)
