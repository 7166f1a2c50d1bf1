import type { types } from '@slack/bolt'
import { textRun } from '../../markdown/runs.ts'
import { splitUnit, unitLength } from '../../markdown/split.ts'
import type { Unit } from '../../markdown/units.ts'
import { richText, section } from './elements.ts'
import { limits } from './limits.ts'

const deepest = 8

/** Rich text blocks of the units in their order, none longer than a block may be; nothing of them is lost. */
export function richBlocks(units: readonly Unit[]): types.RichTextBlock[] {
  const blocks: Unit[][] = []
  let room = 0
  for (const unit of units.flatMap((unit) => splitUnit(unit, limits.blockText))) {
    const length = unitLength(unit)
    if (length > room || blocks.length === 0) {
      blocks.push([])
      room = limits.blockText
    }
    blocks.at(-1)?.push(unit)
    room -= length + 2
  }
  return blocks.map((block) => richText(elementsOf(block))).filter(({ elements }) => elements.length > 0)
}

function elementsOf(units: readonly Unit[]): types.RichTextBlock['elements'] {
  const elements: types.RichTextBlock['elements'] = []
  for (const [index, unit] of units.entries()) {
    const last = elements.at(-1)
    switch (unit.kind) {
      case 'text':
        if (units[index - 1]?.kind === 'text' && last?.type === 'rich_text_section')
          last.elements.push(...textRun('\n\n'), ...unit.runs)
        else elements.push(section(unit.runs))
        break
      case 'quote':
        if (last?.type === 'rich_text_quote') last.elements.push(...textRun('\n\n'), ...unit.runs)
        else elements.push({ type: 'rich_text_quote', elements: unit.runs })
        break
      case 'code':
        elements.push({
          type: 'rich_text_preformatted',
          elements: [{ type: 'text', text: unit.text }],
          ...(unit.quoted ? { border: 1 } : {}),
        })
        break
      case 'item':
        addItem(elements, unit, units[index - 1])
        break
    }
  }
  return elements
}

type Item = Extract<Unit, { kind: 'item' }>

/** A point joins the list before it when it goes on with it; a numbered list that goes on later says with which number. */
function addItem(elements: types.RichTextBlock['elements'], item: Item, before: Unit | undefined): void {
  const last = elements.at(-1)
  const goesOn =
    before?.kind === 'item' &&
    before.indent === item.indent &&
    before.quoted === item.quoted &&
    (item.number === undefined ? before.number === undefined : before.number === item.number - 1)
  if (goesOn && last?.type === 'rich_text_list') {
    last.elements.push(section(item.runs))
    return
  }
  const offset = item.number !== undefined && item.number > 1 ? { offset: item.number - 1 } : {}
  const list: types.RichTextList & { offset?: number } = {
    type: 'rich_text_list',
    style: item.number === undefined ? 'bullet' : 'ordered',
    indent: Math.min(deepest, item.indent),
    elements: [section(item.runs)],
    ...offset,
    ...(item.quoted ? { border: 1 } : {}),
  }
  elements.push(list)
}
