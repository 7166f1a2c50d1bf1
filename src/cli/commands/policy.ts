import { LoomError } from '../../core/errors.ts'
import { formatDuration, plural } from '../../core/format.ts'
import {
  dataMap,
  lifecycleRules,
  openPolicyDesk,
  type PolicyDesk,
  type Proof,
  type PurgeReport,
  policyTable,
} from '../../roles/policy.ts'
import { columnsOf } from '../columns.ts'
import { announce, noticesInWords } from './policy-notices.ts'
import type { SetupCommand } from './setup-command.ts'

type Say = (line: string) => void

const verbs: Readonly<Record<string, (say: Say, words: readonly string[]) => Promise<number>>> = {
  check: (say, words) =>
    atDesk(async (desk) => {
      const proof = await desk.check()
      say(words.includes('--json') ? JSON.stringify(proof, null, 2) : proofInWords(proof))
      return proof.body.ok ? 0 : 1
    }),
  purge: (say, words) =>
    atDesk(async (desk) => {
      const report = await desk.purge()
      say(words.includes('--json') ? JSON.stringify(report, null, 2) : reportInWords(report))
      return report.faults.length === 0 ? 0 : 1
    }),
  page: (say) =>
    atDesk(async (desk) => {
      say(await desk.page())
      return 0
    }),
  announce: (say, words) =>
    atDesk(async (desk) => {
      say(await announce(desk, words))
      return 0
    }),
  notices: (say, words) =>
    atDesk(async (desk) => {
      const standing = await desk.notices()
      say(words.includes('--json') ? JSON.stringify(standing ?? null, null, 2) : noticesInWords(standing))
      return 0
    }),
  async table(say) {
    say(JSON.stringify(policyTable(), null, 2))
    return 0
  },
  async map(say, words) {
    const lines = dataMap()
    if (words.includes('--json')) say(JSON.stringify(lines, null, 2))
    else say(columnsOf(lines.map(({ category, eraser, kept, where }) => [category, where, kept, eraser])))
    return 0
  },
  async lifecycle(say) {
    say(JSON.stringify(lifecycleRules(), null, 2))
    return 0
  },
}

/** Works in both modes: it needs the scheduler's logins and nobody's account. */
export const policyCommand: SetupCommand = {
  name: 'policy',
  usage: 'policy check|map|page|purge|lifecycle|table|announce|notices',
  help: 'prove that the privacy policy is kept (exit 1 if not; --json), print what is kept, the page, purge now, S3 rules; announce a new version and see who has been told',
  async run(say, [verb = '', ...words]) {
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
    if (run) return run(say, words)
    throw new LoomError({
      kind: 'invalid_input',
      message: `Say one of: npm run loom -- policy ${Object.keys(verbs).join(', ')}.`,
    })
  },
}

async function atDesk(work: (desk: PolicyDesk) => Promise<number>): Promise<number> {
  const desk = await openPolicyDesk((line) => void process.stderr.write(`${line}\n`))
  try {
    return await work(desk)
  } finally {
    await desk.close()
  }
}

function proofInWords({ body, publicKey, signature }: Proof): string {
  const rows = body.findings.map(({ breach, found, limit, name, part }) => [
    breach ? '✗' : '✓',
    part,
    name,
    limit,
    found,
  ])
  const breaches = body.findings.filter(({ breach }) => breach).length
  return [
    columnsOf(rows),
    '',
    breaches === 0
      ? `The policy, version ${body.policy}, is kept.`
      : `${plural(breaches, 'breach', 'breaches')} of the policy, version ${body.policy}.`,
    `${body.checkedAt} · Ed25519 ${signature} · key ${publicKey}`,
  ].join('\n')
}

function reportInWords({ endedJobs, faults, removed, tookMs }: PurgeReport): string {
  const rows = Object.entries(removed).filter(([, count]) => count > 0)
  return [
    ...(rows.length > 0
      ? [columnsOf(rows.map(([name, count]) => [name, count.toLocaleString('en-US')]))]
      : []),
    ...(endedJobs > 0 ? [`${plural(endedJobs, 'job')} that waited too long ended.`] : []),
    ...faults.map((fault) => `✗ ${fault.class} could not be purged (${fault.detail ?? fault.kind}).`),
    rows.length === 0 ? 'Nothing was over its time.' : `Done in ${formatDuration(tookMs)}.`,
  ].join('\n')
}
