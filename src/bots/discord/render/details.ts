import { type APIMessageTopLevelComponent, ComponentType } from 'discord.js'
import { type AgentLine, agentsTitle, type Part as Told } from '../../desk/details.ts'
import { customId } from '../custom-id.ts'
import { labelOf } from './elements.ts'
import { escapedLine } from './harmless.ts'
import { limits } from './limits.ts'
import { type Part, packMessages, type TextPart } from './pack.ts'
import type { Posting } from './posting.ts'

export interface Details {
  title: string
  parts: readonly Told[]
  agents: readonly AgentLine[]
}

const fewer = [100, 40, 20, 8] as const

/**
 * What is told of a job to one person, with what they may do about its agents. A chosen option holds what a button
 * would (`parseCustomId` of the value: verb, job, and the agent's task as subject). `word` stands on top: what came of
 * the last choice. One message; of many agents the first are named and the rest counted.
 */
export function renderDetails(details: Details, input: { jobId: string; word?: string }): Posting {
  const selects = [
    ...select('rerun', 'Begin again …', details.agents, input.jobId),
    ...select('drop', 'Leave out …', details.agents, input.jobId),
  ].map((component): Part => ({ kind: 'component', component }))
  const fitting = fewer
    .map((most) => packMessages([...told(details, { ...input, most }), ...selects]))
    .find((messages) => messages.length === 1)
  const [only = []] =
    fitting ?? packMessages([...told({ ...details, parts: [] }, { ...input, most: 0 }), ...selects])
  return { components: only }
}

function told({ parts, title }: Details, { most, word }: { most: number; word?: string }): TextPart[] {
  const lines = [
    ...(word === undefined ? [] : [escapedLine(word).slice(0, 500), '']),
    `**${escapedLine(title).slice(0, 400).replace(/\\+$/u, '')}**`,
    ...parts.flatMap((part) => {
      const shown = part.title === agentsTitle ? part.lines.slice(0, most) : part.lines
      const rest = part.lines.length - shown.length
      return [
        `### ${escapedLine(part.title)}`,
        ...shown.map((line) => escapedLine(line)),
        ...(rest > 0 ? [`… ${rest} more`] : []),
      ]
    }),
  ]
  return [{ kind: 'text', text: lines.join('\n'), as: 'text' }]
}

function select(
  verb: 'rerun' | 'drop',
  placeholder: string,
  agents: readonly AgentLine[],
  jobId: string,
): APIMessageTopLevelComponent[] {
  const options = agents
    .filter(({ may }) => may.includes(verb))
    .slice(0, limits.options)
    .map(({ line, taskId }) => ({
      label: labelOf(line, limits.option),
      value: customId({ verb, jobId, subject: taskId }),
    }))
  if (options.length === 0) return []
  const custom_id = customId({ verb, jobId })
  return [
    {
      type: ComponentType.ActionRow,
      components: [{ type: ComponentType.StringSelect, custom_id, placeholder, options }],
    },
  ]
}
