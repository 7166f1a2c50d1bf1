import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDiscord } from '../../test/fakes/discord/server.ts'

// A process of its own: a Discord on loopback with ten servers, whose people run commands at an even rate when told to,
// whatever the answers take, and note how soon each was acknowledged.

export interface Workplace {
  apiUrl: string
  token: string
  applicationId: string
  publicKey: string
}

export interface Load {
  /** Where interactions go; by the Gateway without it. */
  url?: string
  count: number
  seconds: number
}

export interface Outcome {
  acknowledgedMs: number[]
  failed: number
}

const discord = await startDiscord({ heartbeatMs: 41_250 })
const people = Array.from({ length: 50 }, (_, index) => discord.people.add(`Person ${index + 1}`))
const [owner] = people
if (!owner) throw new Error('a Discord without people')
const channels = Array.from({ length: 10 }, (_, index) =>
  discord.addGuild({ name: `Server ${index + 1}`, owner, members: people }).addChannel({ name: 'launch' }),
)
const workplace: Workplace = {
  apiUrl: discord.apiUrl,
  token: discord.token,
  applicationId: discord.applicationId,
  publicKey: discord.publicKey,
}
process.send?.(workplace)
process.on('disconnect', () => process.exit(0))

const [load] = (await once(process, 'message')) as [Load]
if (load.url) await discord.interactions.to(load.url)
else await discord.until(() => discord.gateway.connected().length > 0, 30_000)

const acknowledgedMs: number[] = []
let failed = 0
const underWay: Promise<void>[] = []
const startedAtMs = performance.now()
for (let count = 0; count < load.count; count += 1) {
  const dueMs = startedAtMs + (count * load.seconds * 1_000) / load.count
  if (dueMs > performance.now()) await sleep(dueMs - performance.now())
  const channel = channels[count % channels.length]
  const person = people[count % people.length]
  if (!channel || !person) throw new Error('a Discord without channels')
  const sentAtMs = performance.now()
  const used = person.runs(channel.id, 'loom brief', {
    text: `what did people say about the price, part ${count}?`,
  })
  underWay.push(
    used.answered().then(
      () => void acknowledgedMs.push(performance.now() - sentAtMs),
      () => {
        failed += 1
      },
    ),
  )
}
await Promise.all(underWay)
process.send?.({ acknowledgedMs, failed } satisfies Outcome)
