import { Refusal, refuseWith } from '../api/method.ts'
import { newId } from '../ids.ts'
import type { Block } from '../world.ts'
import { block, type KnownBlock } from './blocks.ts'

export type Surface = 'message' | 'modal' | 'home'

const most = { message: 50, modal: 100, home: 100 }
const only: Partial<Record<KnownBlock['type'], readonly Surface[]>> = {
  input: ['modal', 'home', 'message'],
  markdown: ['message'],
  table: ['message'],
  data_table: ['message'],
  context_actions: ['message'],
  plan: ['message'],
  task_card: ['message'],
}

/** The blocks as Slack keeps them, each with an id; or Slack's refusal with its reasons. */
export function checkBlocks(given: unknown, surface: Surface): Block[] {
  if (!Array.isArray(given) || given.some((each) => typeof each !== 'object' || each === null)) {
    throw new Refusal('invalid_blocks_format')
  }
  const faults = [...shapeFaults(given)]
  if (given.length > most[surface]) faults.push(`no more than ${most[surface]} items allowed ${at([])}`)
  if (faults.length > 0) refuseWith('invalid_blocks', faults)
  const blocks = given as KnownBlock[]
  const others = [...togetherFaults(blocks, surface)]
  if (others.length > 0) refuseWith('invalid_blocks', others)
  if (surface === 'message' && weight(blocks) > 13_300) throw new Refusal('msg_blocks_too_long')
  return blocks.map((each) => withIds(each))
}

const at = (path: readonly PropertyKey[]) => `[json-pointer:${['/blocks', ...path].join('/')}]`

function* shapeFaults(given: readonly unknown[]): Generator<string> {
  for (const [index, each] of given.entries()) {
    const { error } = block.safeParse(each)
    for (const issue of error?.issues ?? []) {
      const inner = issue.code === 'invalid_union' ? issue.errors.flat() : []
      const said = inner.length > 0 ? inner.map((one) => one.message).join('; ') : issue.message
      yield `${said} ${at([index, ...issue.path])}`
    }
  }
}

/** What is wrong with blocks that are each well formed. */
function* togetherFaults(blocks: readonly KnownBlock[], surface: Surface): Generator<string> {
  const ids = new Set<string>()
  let tables = 0
  let markdown = 0
  let cells = 0
  for (const [index, each] of blocks.entries()) {
    if (only[each.type] && !only[each.type]?.includes(surface))
      yield `unsupported type: ${each.type} ${at([index])}`
    if (each.block_id !== undefined && ids.has(each.block_id)) {
      yield `block_id "${each.block_id}" already exists ${at([index, 'block_id'])}`
    }
    if (each.block_id !== undefined) ids.add(each.block_id)
    if (each.type === 'table' || each.type === 'data_table') {
      tables += 1
      if (tables > 1) yield `only_one_table_allowed ${at([index])}`
      cells += lengthOf(each.rows)
    }
    if (each.type === 'markdown') markdown += each.text.length
    yield* actionFaults(each, index)
  }
  if (markdown > 12_000) yield `must be less than 12001 characters ${at([])}`
  if (cells > 10_000) yield `must be less than 10001 characters ${at(['rows'])}`
}

function* actionFaults(each: KnownBlock, index: number): Generator<string> {
  const seen = new Set<string>()
  for (const action of elementsOf(each)) {
    if (action.action_id === undefined) continue
    if (seen.has(action.action_id)) yield `\`action_id\` "${action.action_id}" already exists ${at([index])}`
    seen.add(action.action_id)
  }
}

/** Everything in a block that can be pressed or filled in. */
export function elementsOf(
  each: Block | KnownBlock,
): { type: string; action_id?: string; [key: string]: unknown }[] {
  const { accessory, actions, element, elements } = each as Block
  const within = [accessory, element, ...asList(actions), ...asList(elements)]
  return within.filter(
    (one): one is { type: string; action_id?: string } =>
      typeof one === 'object' && one !== null && 'type' in one && one.type !== 'image',
  )
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/**
 * About how much a message weighs for Slack: it refuses 13,297 characters in one markdown block, and some 125 fewer
 * for each block beside it.
 */
function weight(blocks: readonly KnownBlock[]): number {
  return blocks.reduce((sum, each) => sum + 125 + lengthOf(each), 0)
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + lengthOf(each), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, each]) => {
    if (typeof each !== 'string') return sum + lengthOf(each)
    return key === 'type' || key.endsWith('_id') ? sum : sum + each.length
  }, 0)
}

/** Slack gives an id to every block and action that came without. */
function withIds(each: KnownBlock): Block {
  const kept = structuredClone(each) as Block
  kept.block_id ??= newId('b')
  for (const element of ['actions', 'context_actions', 'section', 'input'].includes(kept.type)
    ? elementsOf(kept)
    : []) {
    if (!['mrkdwn', 'plain_text'].includes(element.type)) element.action_id ??= newId('a')
  }
  return kept
}
