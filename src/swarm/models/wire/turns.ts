import type { DocumentPart, ImagePart, Message, Part, ResultPart } from '../../../core/model.ts'
import { cleanName, createIds, inputObject, isBlank } from './clean.ts'

type TextPart = Extract<Part, { type: 'text' }>
type ReasoningPart = Extract<Part, { type: 'reasoning' }>
type CallPart = { type: 'tool_call'; id: string; name: string; input: Record<string, unknown> }
export type ResultsPart = { callId: string; content: readonly ResultPart[]; isError: boolean }

export interface UserTurn {
  role: 'user'
  /** The answers to the calls of the turn before, each call exactly once. Providers want them first. */
  results: ResultsPart[]
  parts: (TextPart | ImagePart | DocumentPart)[]
}

export interface AssistantTurn {
  role: 'assistant'
  parts: (TextPart | CallPart | ReasoningPart)[]
}

type Turn = UserTurn | AssistantTurn

/**
 * A transcript as every provider takes it, whatever it was: turns that alternate, from a user's to a user's; never an
 * empty text; call ids that are legal and unique; a result for each call in the turn after it ("not run" where there
 * was none) and no result without its call; reasoning of `provider` only. Parts keep their order, pictures and PDFs are
 * the very parts that were given. What is repaired depends on what stands before it alone, so that a transcript that
 * grows keeps its prefix.
 */
export function turnsOf(messages: readonly Message[], provider: string): Turn[] {
  const turns: Turn[] = []
  const newId = createIds()
  /** Calls of the last assistant's turn that nobody has answered yet, by the id they had. */
  let open: { was: string; id: string }[] = []

  const user = (): UserTurn => {
    const last = turns.at(-1)
    if (last?.role === 'user') return last
    const turn: UserTurn = { role: 'user', results: [], parts: [] }
    turns.push(turn)
    return turn
  }
  const answerOpen = () => {
    if (open.length > 0) user().results.push(...open.map(({ id }) => notRun(id)))
    open = []
  }
  const assistant = (): AssistantTurn => {
    const last = turns.at(-1)
    if (last?.role === 'assistant') return last
    answerOpen()
    if (turns.length === 0) user().parts.push({ type: 'text', text: 'Begin.' })
    const turn: AssistantTurn = { role: 'assistant', parts: [] }
    turns.push(turn)
    return turn
  }
  const put = (role: Message['role'], part: UserTurn['parts'][number]) => {
    if (role === 'user') return void user().parts.push(part)
    const words = part.type === 'image' ? text('(an image)') : text('(a PDF)')
    assistant().parts.push(part.type === 'text' ? part : words)
  }
  const take = (role: Message['role'], part: Part) => {
    switch (part.type) {
      case 'text':
        return isBlank(part.text) ? undefined : put(role, text(part.text))
      case 'image':
      case 'document':
        return put(role, part)
      case 'reasoning':
        return void (part.provider === provider && assistant().parts.push(part))
      case 'tool_call': {
        const turn = assistant()
        const id = newId(part.id)
        open.push({ was: part.id, id })
        const call = { id, name: cleanName(part.name), input: inputObject(part.input) }
        return void turn.parts.push({ type: 'tool_call', ...call })
      }
      case 'tool_result': {
        const index = open.findIndex(({ was }) => was === part.callId)
        const [call] = index < 0 ? [] : open.splice(index, 1)
        // Its text is left out: in a turn of the user's, a tool's words would pass for the person's.
        if (!call) return void user().parts.push(text('(A result is left out: its call is not above.)'))
        return void user().results.push({
          callId: call.id,
          content: contentOf(part.content),
          isError: part.isError,
        })
      }
    }
  }

  for (const { parts, role } of messages) for (const part of parts) take(role, part)
  answerOpen()
  if (turns.at(-1)?.role !== 'user') user().parts.push(text('Go on.'))
  return turns
}

function text(words: string): TextPart {
  return { type: 'text', text: words.toWellFormed() }
}

function notRun(callId: string): ResultsPart {
  return { callId, content: [text('This call was not run.')], isError: true }
}

function contentOf(content: readonly ResultPart[]): ResultPart[] {
  const kept = content.flatMap((part): ResultPart[] => {
    if (part.type !== 'text') return [part]
    return isBlank(part.text) ? [] : [text(part.text)]
  })
  return kept.length > 0 ? kept : [text('(nothing)')]
}
