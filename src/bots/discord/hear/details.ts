import {
  type APIMessageTopLevelComponent,
  type APISelectMenuOption,
  ComponentType,
  MessageFlags,
} from 'discord.js'
import { type AgentLine, detailsOf } from '../../desk/details.ts'
import { customId } from '../custom-id.ts'
import { labelOf, textDisplay } from '../render/elements.ts'
import { discordText, escaped } from '../render/harmless.ts'
import { limits } from '../render/limits.ts'
import type { Said } from './answering.ts'
import type { HearDeps } from './deps.ts'
import type { Outcome } from './outcome.ts'
import type { DiscordActing } from './who.ts'

interface Asked {
  jobId: string
  /** Stands on top: what came of the choice before. */
  word?: string
  /** In place of the details that were shown before. */
  here?: boolean
}

/** Everything about a job that needs none of its content but titles, with what can be done about its agents. */
export async function jobDetails(deps: HearDeps, acting: DiscordActing, asked: Asked): Promise<Outcome> {
  const details = await detailsOf(deps, acting, { jobId: asked.jobId })
  const message = detailsMessage(details, asked)
  return asked.here ? { kind: 'here', message } : { kind: 'words', messages: [message] }
}

type Details = Awaited<ReturnType<typeof detailsOf>>

function detailsMessage({ agents, parts, title }: Details, { jobId, word }: Asked): Said {
  const texts = [
    ...(word === undefined ? [] : [escaped(discordText(word))]),
    `**${escaped(discordText(title), { startsLine: false })}**`,
    ...parts.map(({ lines, title: heading }) =>
      [`**${heading}**`, ...lines.map((line) => escaped(discordText(line)))].join('\n'),
    ),
  ]
  return {
    flags: MessageFlags.IsComponentsV2,
    components: [...fitting(texts).map(textDisplay), ...menus(agents, jobId)],
  }
}

/** As much as one message holds; what does not fit is seen to be missing. */
function fitting(texts: readonly string[]): string[] {
  const kept: string[] = []
  let room: number = limits.text
  for (const text of texts) {
    const lines = text.split('\n')
    const shown = lines.filter((line) => {
      room -= line.length + 1
      return room > 0
    })
    if (shown.length > 0) kept.push(shown.length < lines.length ? `${shown.join('\n')}\n…` : text)
  }
  return kept
}

const labels = { rerun: 'Let one begin again', drop: 'Leave one out' } as const

function menus(agents: readonly AgentLine[], jobId: string): APIMessageTopLevelComponent[] {
  return (['rerun', 'drop'] as const).flatMap((verb): APIMessageTopLevelComponent[] => {
    const options = agents
      .filter(({ may }) => may.includes(verb))
      .slice(0, limits.options)
      .map(
        ({ line, taskId }): APISelectMenuOption => ({ label: labelOf(line, limits.option), value: taskId }),
      )
    if (options.length === 0) return []
    const menu = {
      type: ComponentType.StringSelect as const,
      custom_id: customId({ verb, jobId }),
      placeholder: labels[verb],
      options,
    }
    return [{ type: ComponentType.ActionRow, components: [menu] }]
  })
}
