import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OutMessage } from '../../src/core/chat.ts'
import { chanceOf } from './random.ts'

/** One message as the people in the thread see it. */
export interface Post {
  nonce: string
  ref: string
  thread: string
  /** What it shows now. */
  message: OutMessage
  /** How often it was asked for: all but the first are the sender's own repetitions. */
  asked: number
}

/** What an outbox sends to the platform. */
export type PlatformCall =
  | { do: 'post'; nonce: string; thread: string; message: OutMessage }
  | { do: 'edit'; ref: string; thread: string; message: OutMessage }

export interface Platform {
  url: string
  posts(): readonly Post[]
  counts(): { calls: number; repeated: number; lostReplies: number; refusals: number }
  close(): Promise<void>
}

/**
 * A chat platform that outlives every process of Loom: it shows a message once for each nonce, refuses now and then, and
 * now and then takes a message and breaks the connection before it said so.
 */
export async function startPlatform(input: { seed: string }): Promise<Platform> {
  const posts = new Map<string, Post>()
  const attempts = new Map<string, number>()
  const counts = { calls: 0, repeated: 0, lostReplies: 0, refusals: 0 }

  const take = (call: PlatformCall): string | undefined => {
    if (call.do === 'edit') {
      const post = [...posts.values()].find(({ ref }) => ref === call.ref)
      if (post) post.message = call.message
      return post?.ref
    }
    const known = posts.get(call.nonce)
    if (known) {
      known.asked += 1
      counts.repeated += 1
      return known.ref
    }
    const { message, nonce, thread } = call
    posts.set(nonce, { nonce, ref: `ref-${posts.size + 1}`, thread, message, asked: 1 })
    return posts.get(nonce)?.ref
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const call = JSON.parse(Buffer.concat(chunks).toString()) as PlatformCall
    counts.calls += 1
    const subject = `${call.thread} ${call.do} ${call.message.kind}`
    const attempt = (attempts.get(subject) ?? 0) + 1
    attempts.set(subject, attempt)
    const roll = chanceOf(input.seed, 'platform', subject, attempt)
    await sleep(5 + 60 * roll)
    if (roll > 0.97) {
      counts.refusals += 1
      return void response.writeHead(503).end()
    }
    const ref = take(call)
    await sleep(5 + 60 * roll)
    if (roll > 0.93) {
      counts.lostReplies += 1
      return void response.socket?.resetAndDestroy()
    }
    response.writeHead(ref === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ref }))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    posts: () => [...posts.values()],
    counts: () => ({ ...counts }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
