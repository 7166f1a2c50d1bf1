import { parseArgs } from 'node:util'
import { LoomError } from '../core/errors.ts'

export interface BriefArguments {
  prompt: string
  paths: string[]
  json: boolean
  resume: boolean
  capMicroUsd: number | undefined
  help: boolean
}

export const briefUsage = `Usage: npm run brief -- [options] "what you want" [file or folder …]

  --cap USD     spend at most this much (default 5.00)
  --json        print one JSON document at the end, progress on the error stream
  --continue    go on with the newest brief that was interrupted
  --help        this text

The same command again goes on with a brief that was interrupted.`

/** Throws `invalid_input` with a sentence that says what to write instead. */
export function parseBriefArguments(words: readonly string[]): BriefArguments {
  const { positionals, values } = parse(words)
  const [prompt = '', ...paths] = positionals
  const result = {
    prompt,
    paths,
    json: values.json ?? false,
    resume: values.continue ?? false,
    capMicroUsd: values.cap === undefined ? undefined : parseUsd(values.cap),
    help: values.help ?? false,
  }
  if (result.help || result.resume || prompt.trim() !== '') return result
  throw new LoomError({
    kind: 'invalid_input',
    message: 'Say what you want, as in: npm run brief -- "compare these exports" january.csv february.csv',
  })
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        continue: { type: 'boolean' },
        cap: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (cause) {
    const option = cause instanceof Error ? /'(-[^' ]+)/.exec(cause.message)?.[1] : undefined
    throw new LoomError({
      kind: 'invalid_input',
      message: `${option ? `The option ${option} is not known or lacks its value.` : 'The options cannot be read.'} See npm run brief -- --help`,
      cause,
    })
  }
}

/** Dollars as people write them, in micro-dollars: `2`, `0.50`, `$12.5`. */
export function parseUsd(text: string): number {
  const match = /^\$?(\d{1,6})(?:\.(\d{1,6}))?$/.exec(text.trim())
  if (!match) {
    throw new LoomError({
      kind: 'invalid_input',
      message: 'An amount is written in dollars, as in 5 or 0.50.',
    })
  }
  return Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'))
}
