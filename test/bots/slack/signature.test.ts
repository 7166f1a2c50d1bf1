import { createHmac } from 'node:crypto'
import { verifySlackRequest } from '@slack/bolt'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSigned, signingKeyOf } from '../../../src/bots/slack/signature.ts'

const atS = 1_796_000_000
const body = '{"type":"event_callback"}'
const macOf = (secret: string, over: string) =>
  createHmac('sha256', secret).update(`v0:${atS}:${over}`).digest('hex')

function isTaken(nowMs: number, input: { secret?: string; body?: string; signature?: string } = {}): boolean {
  const { secret = 'secret', signature = `v0=${macOf('secret', body)}` } = input
  const headers = new Headers({ 'x-slack-signature': signature, 'x-slack-request-timestamp': String(atS) })
  return isSigned({ key: signingKeyOf(secret), now: () => nowMs }, { body: input.body ?? body, headers })
}

test('a signature is good for five minutes before and after its moment, to the millisecond', () => {
  const atMs = atS * 1_000
  const taken = [-300_001, -300_000, 0, 300_000, 300_001].map((offMs) => isTaken(atMs + offMs))
  expect(taken).toEqual([false, true, true, true, false])
})

test('it is good for its own body and secret, in the one form that Slack writes', () => {
  const atMs = atS * 1_000
  const mac = macOf('secret', body)
  expect(isTaken(atMs, { body: `${body} ` })).toBe(false)
  expect(isTaken(atMs, { secret: 'other' })).toBe(false)
  for (const signature of [mac, `v1=${mac}`, `v0=${mac.slice(1)}`, `v0=${mac}0`, `v0=${mac}=`, 'v0='])
    expect(isTaken(atMs, { signature }), signature).toBe(false)
})

test('it is what Bolt takes, whatever the body and wherever it was changed', () => {
  const boltTakes = (given: string, signature: string): boolean => {
    try {
      verifySlackRequest({
        ...{ signingSecret: 'secret', body: given, nowMilliseconds: atS * 1_000 },
        headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': atS },
      })
      return true
    } catch {
      return false
    }
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(64), fc.boolean(), (given, at, spoil) => {
      const mac = macOf('secret', given)
      const spoilt = `${mac.slice(0, at)}${mac[at] === '0' ? '1' : '0'}${mac.slice(at + 1)}`
      const signature = `v0=${spoil ? spoilt : mac}`
      const taken = isTaken(atS * 1_000, { body: given, signature })
      expect(taken).toBe(!spoil)
      expect(taken).toBe(boltTakes(given, signature))
    }),
  )
})
