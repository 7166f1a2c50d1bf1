import type { Config } from '../config.ts'
import type { ModelPort } from '../core/model.ts'
import { createRehearsal } from '../swarm/models/rehearsal/index.ts'

/** The model that the settings name; without a key, the rehearsal model. */
export function chooseModel(config: Config): ModelPort {
  return createRehearsal()
}

function withoutUndefined({ apiKey, baseUrl }: { apiKey: string; baseUrl: string | undefined }) {
  return baseUrl === undefined ? { apiKey } : { apiKey, baseUrl }
}
