import type { types } from '@slack/bolt'
import { fromSlack } from '../read/faults.ts'
import { type Loose, listOf, recordOf, textOf } from '../read/loose.ts'
import { plainText } from '../render/elements.ts'
import { starLabels } from '../render/files.ts'
import type { Hearing } from './deps.ts'
import { type Press, parseValue } from './press.ts'
import type { Client } from './who.ts'

/**
 * Turns the button of a file over in the message where it was pressed. Answers whether it could be; the star itself is
 * set by then.
 */
export async function showStar(
  deps: Hearing,
  input: { client: Client; press: Press; starred: boolean },
): Promise<boolean> {
  const { client, press, starred } = input
  const { channel, message, value } = press
  if (channel === undefined || !message || value?.a === undefined) return false
  const turn = (element: unknown) => turned(recordOf(element), { artifactId: value.a, starred })
  const blocks = message.blocks.map((block) => ({
    ...block,
    ...(block.accessory === undefined ? {} : { accessory: turn(block.accessory) }),
    ...(block.type === 'actions' ? { elements: listOf(block.elements).map(turn) } : {}),
  }))
  try {
    await client.chat.update({
      ...{ channel, ts: message.ts, text: message.text },
      // As Slack itself sent them, but for one button.
      blocks: blocks as unknown as types.KnownBlock[],
    })
    return true
  } catch (thrown) {
    const { detail, kind } = fromSlack(thrown)
    deps.log.warn({ kind, detail }, 'a star could not be shown')
    return false
  }
}

function turned(element: Loose, input: { artifactId: string | undefined; starred: boolean }): Loose {
  const isStar =
    element.action_id === starLabels.star.action || element.action_id === starLabels.unstar.action
  if (!isStar || parseValue(textOf(element.value))?.a !== input.artifactId) return element
  const { action, label } = input.starred ? starLabels.unstar : starLabels.star
  // What a screen reader said of the button was about the other way round.
  const { accessibility_label: _, ...rest } = element
  return { ...rest, action_id: action, text: plainText(label) }
}
