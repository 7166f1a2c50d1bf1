import { marksIn } from '../marks.ts'
import type { Asked } from './asked.ts'

/** A reply before it is put on a wire. `json`: the arguments as they stand there, also malformed ones. */
export type Reply = { text: string } | { call: { name: string; json: string } }

/**
 * What a sensible model does next. It is told by the call alone: the plan has as many parts as the brief asks for, each
 * part lists, reads what came with the brief, writes one file with the mark, reads it again and answers.
 */
export function decide(asked: Asked): Reply {
  switch (asked.purpose) {
    case 'plan':
      return call('submit_plan', planFor(asked.brief))
    case 'work':
      return workOn(asked)
    case 'synthesize':
      return sumUp(asked)
    case 'review':
      return call('submit_review', { ok: true, faults: [] })
    case 'replan':
      return { text: 'The plan stays as it is.' }
  }
}

/** The words of a brief that this model understands. */
export function briefText(input: { mark: string; parts: number }): string {
  return `Write a note in ${input.parts} parts about ${input.mark}.`
}

/** The file of a part, and what stands in it. */
export function partFile(input: { mark: string; key: string }): { path: string; content: string } {
  return { path: `final/${input.key}.md`, content: `# ${input.key}\n\nThis is about ${input.mark}.\n` }
}

function planFor(brief: string): unknown {
  const parts = Number(/in (\d+) parts/.exec(brief)?.[1] ?? 1)
  const keys = Array.from({ length: parts }, (_, index) => `part-${index + 1}`)
  return {
    title: `A note about ${marksIn(brief)[0]}`,
    tasks: keys.map((key, index) => ({
      key,
      title: `The ${key}`,
      objective: `Write ${key} about ${marksIn(brief)[0]}.`,
      // The last of several waits for the others, so that joins are met too.
      needs: index === parts - 1 && parts > 2 ? keys.slice(0, -1) : [],
    })),
  }
}

function workOn({ assignment, brief, done, turns }: Asked): Reply {
  const [mark = 'no mark'] = marksIn(brief)
  const file = partFile({ mark, key: assignment.task?.key ?? 'part' })
  const given = assignment.files.filter(({ path }) => path.startsWith('inputs/')).map(({ path }) => path)
  const script = [
    ['list', {}],
    ...given.map((path) => ['read', { path }] as const),
    ['write', file],
    ['read', { path: file.path }],
  ] as const
  const [name, input] = script[done.length] ?? []
  return name
    ? call(name, input)
    : { text: `The part about ${mark} is written to ${file.path} in ${turns + 1} steps.` }
}

function sumUp({ assignment, brief, done }: Asked): Reply {
  const [mark] = marksIn(brief)
  const written = assignment.files.find(({ path }) => path.startsWith('final/'))
  if (written && done.length === 0) return call('read', { path: written.path })
  const told = marksIn(JSON.stringify(assignment.handedOver ?? []))
  return { text: `The note about ${mark} is ready. The parts told of ${told.join(', ')}.` }
}

function call(name: string, input: unknown): Reply {
  return { call: { name, json: JSON.stringify(input) } }
}
