import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { LoomError } from '../../core/errors.ts'
import { objectionSubjects } from '../../core/objections.ts'
import type { TenantContext } from '../database.ts'

export const deletionReasons = ['request', 'minor'] as const
export type DeletionReason = (typeof deletionReasons)[number]

const by = z.object({ kind: z.enum(['system', 'operator', 'person']), identityId: z.uuid().optional() })
const common = { tenantId: z.uuid(), at: z.iso.datetime(), by }
const counts = z.record(z.string(), z.union([z.number(), z.string()]))

/** What the ledger can say. Ids are random, times are times, counts are numbers and single words: nothing personal. */
const deed = z.discriminatedUnion('kind', [
  /** An account is fenced; it is erased from `dueAt` on unless that is undone. */
  z.object({
    kind: z.literal('fence'),
    ...common,
    reason: z.enum(deletionReasons),
    dueAt: z.iso.datetime(),
    /** What Loom posted into chats is removed before. */
    removePosts: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('undo'), ...common }),
  /** The account's keys are destroyed from here on: nothing of it may be served again. */
  z.object({ kind: z.literal('tombstone'), ...common }),
  /** The receipt of an account: all that was there is gone. */
  z.object({ kind: z.literal('erased'), ...common, counts }),
  /** What a person wrote until `at` is to be forgotten; with it, if they wish, what Loom posted for briefs of theirs. */
  z.object({
    kind: z.literal('forget'),
    ...common,
    identityId: z.uuid(),
    removePosts: z.literal(true).optional(),
  }),
  z.object({ kind: z.literal('forgotten'), ...common, identityId: z.uuid(), counts }),
  z.object({ kind: z.literal('ignore'), ...common, identityId: z.uuid() }),
  z.object({ kind: z.literal('heed'), ...common, identityId: z.uuid() }),
  /** A person, or the whole account where none is named, objects to something, or no longer does. */
  z.object({
    kind: z.literal('object'),
    ...common,
    identityId: z.uuid().optional(),
    what: z.enum(objectionSubjects),
    off: z.boolean(),
  }),
])

export type Deed = z.infer<typeof deed>
export type DeedOf<Kind extends Deed['kind']> = Extract<Deed, { kind: Kind }>

export interface LedgerEntry {
  seq: number
  deed: Deed
  /** Of this entry and, through the one before it, of all. */
  hash: Buffer
}

export const noHash = Buffer.alloc(32)

const stored = z.object({ seq: z.int().positive(), previous: z.hex(), deed, hash: z.hex() })

/** An entry as it is stored, and its hash: keyed, so that nobody without the installation's root can make one. */
export function writeEntry(input: { key: Buffer; seq: number; previous: Buffer; deed: Deed }): {
  body: Buffer
  hash: Buffer
} {
  const previous = input.previous.toString('hex')
  // In the order in which it will be read again.
  const said = deed.parse(input.deed)
  const hash = hashOf({ ...input, previous, deed: said })
  const entry = { seq: input.seq, previous, deed: said, hash: hash.toString('hex') }
  return { body: Buffer.from(`${JSON.stringify(entry)}\n`), hash }
}

/** Throws `corrupt` for an entry that was changed, or that does not follow the one before it. */
export function readEntry(input: {
  key: Buffer
  seq: number
  previous: Buffer
  body: Uint8Array
}): LedgerEntry {
  const parsed = stored.safeParse(parseJson(input.body))
  if (!parsed.success) throw brokenChain(input.seq)
  const { deed: said, hash, previous, seq } = parsed.data
  const expected = hashOf({ key: input.key, seq, previous, deed: said })
  const follows = previous === input.previous.toString('hex') && seq === input.seq
  if (!follows || expected.toString('hex') !== hash) throw brokenChain(input.seq)
  return { seq, deed: said, hash: expected }
}

function hashOf(input: { key: Buffer; seq: number; previous: string; deed: Deed }): Buffer {
  const { deed: said, key, previous, seq } = input
  return createHmac('sha256', key)
    .update(JSON.stringify([seq, previous, said]))
    .digest()
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}

export function brokenChain(seq: number): LoomError {
  return new LoomError({
    kind: 'corrupt',
    message:
      'The ledger of deletions does not fit this database: an entry is missing, was changed, or belongs to another installation. Put the right ledger back; without it Loom could serve what was deleted.',
    detail: `ledger entry ${seq}`,
  })
}

/** Who does something, by an id without a name. */
export function actorOf({ actor }: TenantContext): Deed['by'] {
  return actor.kind === 'person' ? { kind: 'person', identityId: actor.identityId } : { kind: actor.kind }
}
