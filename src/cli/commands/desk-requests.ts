import { LoomError, toLoomError } from '../../core/errors.ts'
import { requestKinds } from '../../core/requests.ts'
import type { Parts } from '../../roles/parts.ts'
import type { TenantContext } from '../../storage/database.ts'
import { closeRequest } from '../../storage/requests/close.ts'
import { listRequests } from '../../storage/requests/list.ts'
import { type LoadedRequest, loadRequest } from '../../storage/requests/load.ts'
import { openRequest } from '../../storage/requests/open.ts'
import { openAccount } from '../../storage/tenants/create.ts'
import { accountOf } from '../account-of.ts'
import { columnsOf } from '../columns.ts'
import { personOf } from '../person-of.ts'
import { wordsOf } from '../read-words.ts'

type RequestVerb = (parts: Parts, words: readonly string[]) => Promise<string>

/** The desk's book of requests: who asked for which right, by when they must be answered, and when they were. */
export const requestVerbs: Readonly<Record<string, RequestVerb>> = {
  open: openOne,
  list: listAll,
  show: showOne,
  answer: answerOne,
}

const text = { type: 'string' } as const

async function openOne(parts: Parts, words: readonly string[]): Promise<string> {
  const { notReadable, read } = wordsOf(
    `Say what is asked for and by whom: npm run loom -- desk open --kind ${requestKinds.join('|')} --contact ada@example.com, with --account and --person where Loom knows them, and --received 2026-11-20 if it came earlier.`,
  )
  const { values } = read(words, {
    options: { kind: text, contact: text, account: text, person: text, received: text },
  })
  const kind = requestKinds.find((one) => one === values.kind)
  const contact = values.contact?.trim()
  const receivedAtMs = values.received === undefined ? Date.now() : Date.parse(values.received)
  if (!kind || !contact || Number.isNaN(receivedAtMs) || receivedAtMs > Date.now()) throw notReadable()
  const store = parts.openStore('loom_app')
  const isUnknown = values.account === undefined && parts.config.mode === 'hosted'
  if (isUnknown && values.person !== undefined) throw notReadable()
  const context = isUnknown ? await deskAccount(parts) : await accountOf(parts, store, values.account)
  const identityId = values.person === undefined ? undefined : await personOf(store, context, values.person)
  const { dueAtMs, requestId } = await openRequest(store, context, {
    kind,
    contact,
    identityId,
    receivedAtMs,
  })
  return `${requestId}\nIt must be answered by ${dayOf(dueAtMs)}. Then say: npm run loom -- desk answer ${requestId}`
}

/** Of who asks without an account: an account without anybody in it, whose keys seal these requests alone. */
async function deskAccount(parts: Parts): Promise<TenantContext> {
  const { tenantId } = await openAccount(parts.openStore('loom_app'), {
    platform: 'local',
    kind: 'local',
    externalId: 'the-desk',
    installer: { externalId: 'the-desk' },
  })
  return { tenantId, actor: { kind: 'operator' } }
}

async function listAll(parts: Parts, words: readonly string[]): Promise<string> {
  const { read } = wordsOf(
    'Say npm run loom -- desk list, with --all for closed ones too, --json for a machine.',
  )
  const { values } = read(words, { options: { all: { type: 'boolean' }, json: { type: 'boolean' } } })
  const lines = await listRequests(parts.openStore('loom_dump'), { closed: values.all === true })
  if (values.json) return JSON.stringify(lines, null, 2)
  if (lines.length === 0) return values.all ? 'There is no request.' : 'No request is open.'
  return columnsOf(
    lines.map(({ days, dueAtMs, kind, requestId, state, tenantId }) => [
      requestId,
      kind,
      state === 'open' ? `day ${days}, due ${dayOf(dueAtMs)}${dueAtMs < Date.now() ? ', late' : ''}` : state,
      `account ${tenantId}`,
    ]),
  )
}

async function showOne(parts: Parts, words: readonly string[]): Promise<string> {
  const { notReadable, read } = wordsOf('Say which request: npm run loom -- desk show ID')
  const { positionals } = read(words, { allowPositionals: true, options: {} })
  const [requestId, ...more] = positionals
  if (requestId === undefined || more.length > 0) throw notReadable()
  const context = await accountOfRequest(parts, requestId)
  const request = await loadRequest(parts.openStore('loom_app'), context, { requestId })
  if (!request) throw noSuchRequest()
  return requestInWords(request, context.tenantId)
}

function requestInWords(request: LoadedRequest, tenantId: string): string {
  const { answer, answeredAtMs, contact, dueAtMs, identityId, kind, receivedAtMs, state } = request
  return [
    `${kind}, ${state}, of ${contact ?? 'somebody who was forgotten since'}`,
    `account ${tenantId}${identityId ? `, person ${identityId}` : ''}`,
    `received ${dayOf(receivedAtMs)}, ${state === 'open' ? 'to be answered by' : 'was due'} ${dayOf(dueAtMs)}`,
    ...(answeredAtMs === undefined
      ? []
      : [`${state} ${dayOf(answeredAtMs)}${answer?.by ? ` by ${answer.by}` : ''}`]),
    ...(answer?.text ? [answer.text] : []),
  ].join('\n')
}

async function answerOne(parts: Parts, words: readonly string[]): Promise<string> {
  const { notReadable, read } = wordsOf(
    'Say which request was answered: npm run loom -- desk answer ID, with --text WORDS for what was said and --by NAME. --refuse needs the reason in --text.',
  )
  const { positionals, values } = read(words, {
    allowPositionals: true,
    options: { text, by: text, refuse: { type: 'boolean' } },
  })
  const [requestId, ...more] = positionals
  const said = values.text?.trim()
  if (requestId === undefined || more.length > 0 || (values.refuse && !said)) throw notReadable()
  const state = values.refuse ? 'refused' : 'answered'
  await closeNamed(parts, {
    requestId,
    state,
    ...(said ? { text: said } : {}),
    ...(values.by ? { by: values.by } : {}),
  })
  return `It is noted as ${state}.`
}

/** Closes a request by its id, whatever account it is of. Throws `not_found`, and `conflict` for one that is closed. */
async function closeNamed(
  parts: Parts,
  input: { requestId: string; state: 'answered' | 'refused'; text?: string; by?: string },
): Promise<void> {
  const context = await accountOfRequest(parts, input.requestId)
  if (await closeRequest(parts.openStore('loom_app'), context, input)) return
  throw new LoomError({ kind: 'conflict', message: 'That request was answered already.', retryable: false })
}

/**
 * For a command that does what somebody asked for: does it, and notes the request that it names as answered by that. One that
 * is not there or not open is refused before anything is done.
 */
export async function answering<T>(
  parts: Parts,
  { requestId, text: words }: { requestId: string | undefined; text: string },
  work: () => Promise<T>,
): Promise<T> {
  if (requestId === undefined) return work()
  const open = await listRequests(parts.openStore('loom_dump'), { closed: false, requestId: idOf(requestId) })
  if (open.length === 0) throw noSuchRequest()
  const done = await work()
  // With an account that goes at once its requests go too; the tombstone is the receipt then.
  await closeNamed(parts, { requestId, state: 'answered', text: words }).catch((thrown: unknown) => {
    const { kind } = toLoomError(thrown)
    if (kind !== 'forbidden' && kind !== 'not_found') throw thrown
  })
  return done
}

async function accountOfRequest(parts: Parts, requestId: string): Promise<TenantContext> {
  const [line] = await listRequests(parts.openStore('loom_dump'), {
    closed: true,
    requestId: idOf(requestId),
  })
  if (line) return { tenantId: line.tenantId, actor: { kind: 'operator' } }
  throw noSuchRequest()
}

function idOf(word: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(word)) return word
  throw noSuchRequest()
}

function noSuchRequest(): LoomError {
  return new LoomError({
    kind: 'not_found',
    message: 'There is no such open request. npm run loom -- desk list has their ids.',
  })
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
