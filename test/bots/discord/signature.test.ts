import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { isSigned, publicKeyOf } from '../../../src/bots/discord/signature.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = publicKeyOf(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'))
const atS = 1_796_000_000
const body = '{"type":1}'

function isTaken(nowMs: number, over = body): boolean {
  const signature = sign(null, Buffer.from(atS + body), privateKey).toString('hex')
  const headers = new Headers({ 'x-signature-ed25519': signature, 'x-signature-timestamp': String(atS) })
  return isSigned({ key, now: () => nowMs }, { body: over, headers })
}

test('a signature is good for five minutes before and after its moment, to the millisecond', () => {
  const atMs = atS * 1_000
  expect([-300_001, -300_000, 0, 300_000, 300_001].map((offMs) => isTaken(atMs + offMs))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
  expect(isTaken(atMs, `${body} `)).toBe(false)
})
