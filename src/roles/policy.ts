import { type Config, parseConfig, readEnvironment } from '../config.ts'
import { LoomError } from '../core/errors.ts'
import type { KnownVersion } from '../core/notices.ts'
import { createLog } from '../log.ts'
import { lifecycleRules } from '../retention/lifecycle.ts'
import { recordCheck, recordPurge } from '../retention/nightly.ts'
import { announcePolicy, policyTable } from '../retention/notices/announce.ts'
import { nextVersion } from '../retention/notices/next.ts'
import { announcedOf, earliestMsOf } from '../retention/notices/standing.ts'
import { dataMap } from '../retention/page/facts.ts'
import { privacyPage } from '../retention/page/page.ts'
import { lastProof } from '../retention/proof/last.ts'
import type { Proof } from '../retention/proof/sign.ts'
import type { PurgeReport } from '../retention/purge/run.ts'
import { countNotices, type NoticeCounts } from '../storage/notices/count.ts'
import { loadVersions } from '../storage/notices/versions.ts'
import { nightDeps } from './nightly.ts'
import { openParts, type Parts } from './parts.ts'

/** What an operator can ask of the policy, in the mode and on the stores that the environment names. */
export interface PolicyDesk {
  /** Purges now, whatever the hour. */
  purge(): Promise<PurgeReport>
  /** Checks now and keeps the proof. */
  check(): Promise<Proof>
  page(): Promise<string>
  /** Announces the table of the next release. Throws `invalid_input` where no mail server is named. */
  announce(input: { table: string; words: readonly string[] | undefined }): Promise<Announced>
  /** How the announcement that is under way stands; `undefined` where there is none. */
  notices(): Promise<NoticeStanding | undefined>
  close(): Promise<void>
}

type Announced = Awaited<ReturnType<typeof announcePolicy>>

export interface NoticeStanding extends NoticeCounts {
  version: KnownVersion
  /** When it may take effect; `undefined` while somebody is left to be told. */
  earliestMs: number | undefined
}

export type { Proof, PurgeReport }
export { dataMap, lifecycleRules, policyTable }

export async function openPolicyDesk(say: (line: string) => void): Promise<PolicyDesk> {
  const config = parseConfig(readEnvironment(), ['scheduler'])
  const parts = await openParts({ config, log: createLog({ level: 'warn' }), say })
  return deskOver(parts, config)
}

function deskOver(parts: Parts, { mail, mode, reach }: Config): PolicyDesk {
  return {
    purge: () => recordPurge(nightDeps(parts).purge),
    check: () => recordCheck(nightDeps(parts)),
    async page() {
      const store = parts.openStore('loom_app')
      return privacyPage({ mode, reach, proof: await lastProof(store), next: await nextVersion(store) })
    },
    async announce(input) {
      if (!mail) throw noMail()
      return announcePolicy(parts.openStore('loom_app'), input)
    },
    notices: () => noticesOf(parts),
    close: parts.close,
  }
}

async function noticesOf(parts: Parts): Promise<NoticeStanding | undefined> {
  const announced = announcedOf(await loadVersions(parts.openStore('loom_app')))
  if (!announced) return undefined
  const counts = await countNotices(parts.openStore('loom_dump'), { version: announced.number })
  return { ...counts, version: announced, earliestMs: earliestMsOf(announced) }
}

function noMail(): LoomError {
  return new LoomError({
    kind: 'invalid_input',
    message:
      'Nobody can be told without a mail server: set LOOM_MAIL_URL and LOOM_MAIL_FROM. A Loom of your own with nobody else in it needs no announcement.',
  })
}
