import { type Config, parseConfig, readEnvironment } from '../config.ts'
import { createLog } from '../log.ts'
import { lifecycleRules } from '../retention/lifecycle.ts'
import { recordCheck, recordPurge } from '../retention/nightly.ts'
import { dataMap } from '../retention/page/facts.ts'
import { privacyPage } from '../retention/page/page.ts'
import { lastProof } from '../retention/proof/last.ts'
import type { Proof } from '../retention/proof/sign.ts'
import type { PurgeReport } from '../retention/purge/run.ts'
import { nightDeps } from './nightly.ts'
import { openParts, type Parts } from './parts.ts'

/** What an operator can ask of the policy, in the mode and on the stores that the environment names. */
export interface PolicyDesk {
  /** Purges now, whatever the hour. */
  purge(): Promise<PurgeReport>
  /** Checks now and keeps the proof. */
  check(): Promise<Proof>
  page(): Promise<string>
  close(): Promise<void>
}

export type { Proof, PurgeReport }
export { dataMap, lifecycleRules }

export async function openPolicyDesk(say: (line: string) => void): Promise<PolicyDesk> {
  const config = parseConfig(readEnvironment(), ['scheduler'])
  const parts = await openParts({ config, log: createLog({ level: 'warn' }), say })
  return deskOver(parts, config)
}

function deskOver(parts: Parts, { mode, reach }: Config): PolicyDesk {
  return {
    purge: () => recordPurge(nightDeps(parts).purge),
    check: () => recordCheck(nightDeps(parts)),
    page: async () => privacyPage({ mode, reach, proof: await lastProof(parts.openStore('loom_app')) }),
    close: parts.close,
  }
}
