import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import { receiveMention } from '../bots/inbox.ts'
import { startOutbox } from '../bots/outbox.ts'
import type { Config } from '../config.ts'
import type { Card } from '../core/chat.ts'
import { formatUsd } from '../core/format.ts'
import { createFileLog } from '../log.ts'
import { startBot } from '../roles/bot.ts'
import { openModels } from '../roles/model.ts'
import { openParts } from '../roles/parts.ts'
import { filePlacer } from '../roles/place-files.ts'
import { startScheduler } from '../roles/scheduler.ts'
import { closeOnSignal } from '../roles/signals.ts'
import { workerSlots } from '../roles/start.ts'
import { startWorker } from '../roles/worker.ts'
import { askAgain } from '../storage/deliveries/ask-again.ts'
import { threadHash } from '../storage/deliveries/open.ts'
import { stopJob } from '../storage/jobs/stop.ts'
import { openPostgres } from '../storage/open-postgres.ts'
import { openAccount } from '../storage/tenants/create.ts'
import type { BriefArguments } from './arguments.ts'
import { findFiles } from './find-files.ts'
import { localOwner } from './local-owner.ts'
import { scheduledWords } from './scheduled-words.ts'
import { openTerminal, terminalLeaseMs } from './terminal.ts'
import { attendThread } from './thread.ts'
import { followTyped } from './typed.ts'

const boundMs = 5_000

type End = { kind: 'answered'; outcome: string } | { kind: 'capped'; card: Card } | { kind: 'left' }

/** Runs one brief in this process, with all its roles, until its answer is on the terminal. Answers the exit code. */
export async function runBrief(input: {
  args: BriefArguments
  config: Config
  cwd: string
}): Promise<number> {
  const { args, config, cwd } = input
  const files = await findFiles({ from: cwd, paths: args.paths })
  const interrupted = closeOnSignal()
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const log = createFileLog({ level: config.logLevel, file: path.join(config.home, 'logs', 'loom.log') })
  await using stack = new AsyncDisposableStack()
  if (isFirstStart(config)) say('Setting up Loom in this folder; later starts are faster.')
  const parts = await openParts({ config, log, say })
  stack.defer(() => parts.close())
  const store = parts.openStore('loom_app')
  const account = await openAccount(store, localOwner)
  const context = {
    tenantId: account.tenantId,
    actor: { kind: 'person', identityId: account.identityId },
  } as const
  const sealer = await store.vault.sealer(account.tenantId, 'content')
  const locks = openPostgres(parts.urls.app, { max: 1, name: 'loom-terminal', role: 'loom_app' })
  stack.defer(() => locks.end({ timeout: 2 }))
  const attended = await attendThread(store, context, { args, files, sealer, locks })

  const ended = Promise.withResolvers<End>()
  const terminal = openTerminal({
    thread: attended.thread,
    json: args.json,
    onCard: (card) =>
      card.state === 'suspended' && card.reason === 'cap' && ended.resolve({ kind: 'capped', card }),
    onAnswer: (answer) => ended.resolve({ kind: 'answered', outcome: answer.outcome }),
    onGone: () => ended.resolve({ kind: 'left' }),
  })
  stack.defer(async () => terminal.close())

  const scheduler = startScheduler(parts)
  stack.defer(() => scheduler.close({ boundMs }))
  const worker = await startWorker(parts, { models: openModels(config), slots: workerSlots })
  stack.defer(() => worker.close({ boundMs }))
  const bot = await startBot(parts)
  stack.defer(() => bot.close({ boundMs }))

  if (attended.jobId && attended.startedAtMs) {
    say(goingOn(attended.startedAtMs))
    await askAgain(store, context, { jobId: attended.jobId })
  } else {
    const mention = {
      thread: attended.thread,
      key: attended.thread,
      author: localOwner.installer,
      text: args.prompt,
      files,
      saidAtMs: Date.now(),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...(args.capMicroUsd === undefined ? {} : { capMicroUsd: args.capMicroUsd }),
    }
    const accepted = await receiveMention({ store, ring: parts.ring, log }, { account, mention })
    if (accepted.kind === 'scheduled') {
      const { schedule } = accepted
      process.stdout.write(`${args.json ? JSON.stringify({ schedule }) : scheduledWords(schedule)}\n`)
      return 0
    }
    attended.jobId = accepted.jobId
  }
  const note = (text: string) =>
    void terminal.port.post(attended.thread, { kind: 'notice', notice: { text } }, { nonce: randomUUID() })
  const outbox = startOutbox({
    store,
    port: terminal.port,
    links: parts.links,
    log,
    threadHashes: [threadHash(sealer, attended.thread)],
    placeFile: filePlacer(parts, { from: cwd }),
    leaseMs: terminalLeaseMs,
    onTrouble: (error) => note(error ? error.message : 'The database answers again. Loom goes on.'),
  })
  stack.defer(() => outbox.close())

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (signal === 'SIGTERM') return ended.resolve({ kind: 'left' })
    const { jobId } = attended
    if (!jobId) return
    // First for good: what is aborted before that would be taken up again.
    await stopJob(store, context, { jobId, state: 'cancelled', answer: stopped })
    worker.abortJob(jobId)
  }
  const { jobId } = attended
  if (jobId && !args.json) {
    const deps = { store, context, ring: parts.ring, note, stop: () => stop('SIGINT'), jobId }
    const typing = followTyped(deps, { show: terminal.typed })
    stack.defer(async () => typing.close())
  }
  void interrupted.then(stop).catch((thrown) => ended.reject(thrown))
  return exitCode(await ended.promise, say)
}

const stopped = 'Stopped at your word. The files that were finished are kept and listed below.'

function goingOn(startedAtMs: number): string {
  const time = new Date(startedAtMs).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  return `Going on with this brief, which was interrupted after ${time}.`
}

function exitCode(end: End, say: (line: string) => void): number {
  switch (end.kind) {
    case 'answered':
      return end.outcome === 'done' ? 0 : 1
    case 'capped':
      say(pausedWords(end.card))
      return 1
    case 'left':
      say('Interrupted; what was done is kept. The same command goes on from here.')
      return 1
  }
}

function pausedWords({ capMicroUsd, jobId }: Card): string {
  return [
    `Paused at the cap of ${formatUsd(capMicroUsd)}; what was done is kept. You can`,
    `  raise it    npm run loom -- cap ${jobId} USD, then npm run brief -- --continue`,
    `  finish      npm run loom -- finish ${jobId}, with what is there`,
    `  stop        npm run loom -- stop ${jobId}`,
  ].join('\n')
}

/** Whether a database is about to be made; a folder that cannot be written to is left to the sentence about it. */
function isFirstStart(config: Config): boolean {
  if (config.database || existsSync(config.home)) return false
  try {
    accessSync(path.dirname(config.home), constants.W_OK)
    return true
  } catch {
    return false
  }
}
