import type { Config } from '../../config.ts'
import { tiers } from '../../core/words.ts'
import { splitName } from '../../swarm/models/catalog.ts'
import { defaultModels } from '../model.ts'
import { type Finding, findingsOf, look } from './finding.ts'

const part = 'models'

/** Each provider that has a key: whether it takes the key and has the models of the tiers. Asks for no reply, so it costs nothing. */
export async function examineModels(config: Config): Promise<Finding[]> {
  const { anthropic, compatible, endpoints, openai } = config
  const found = await Promise.all([
    anthropic &&
      look(part, async () => {
        const { checkAnthropic } = await import('../../swarm/models/anthropic/index.ts')
        const input = {
          apiKey: anthropic.apiKey,
          baseUrl: endpoints.anthropic,
          models: namesAt(config, 'anthropic'),
        }
        return findingsOf(part, await checkAnthropic(input))
      }),
    openai &&
      look(part, async () => {
        const { checkOpenAi } = await import('../../swarm/models/openai/index.ts')
        const input = { apiKey: openai.apiKey, baseUrl: endpoints.openai, models: namesAt(config, 'openai') }
        return findingsOf(part, await checkOpenAi(input))
      }),
    compatible &&
      look(part, async () => {
        const { checkCompatible } = await import('../../swarm/models/compatible/index.ts')
        return findingsOf(
          part,
          await checkCompatible({ ...compatible, models: namesAt(config, 'compatible') }),
        )
      }),
  ])
  const findings = found.flatMap((each) => each ?? [])
  return [...findings, ...advice(config)]
}

function advice({ anthropic, compatible, openai }: Config): Finding[] {
  if (!anthropic && !openai && !compatible) {
    const text =
      'The rehearsal model works: it computes and does not think. Set ANTHROPIC_API_KEY or OPENAI_API_KEY.'
    return [{ part, state: 'note', text }]
  }
  if (anthropic && openai) return []
  const text =
    'Only one provider has a key: when it does not answer, briefs wait. A second one would stand in.'
  return [{ part, state: 'note', text }]
}

function namesAt(config: Config, provider: string): string[] {
  const names = tiers.flatMap((tier) => defaultModels(config, tier)).map(splitName)
  return [...new Set(names.filter((name) => name.provider === provider).map(({ model }) => model))]
}
