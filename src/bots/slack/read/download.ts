import { LoomError } from '../../../core/errors.ts'

const mostHops = 3

/**
 * GETs an address with the bot's token. Only hosts of Slack, or the one of its API's address, are asked and followed
 * to, so that the token goes nowhere else. Throws `forbidden` for other hosts, `unavailable` and `rate_limited`.
 */
export async function download(input: {
  url: string
  token: string
  apiUrl: string
  signal: AbortSignal
}): Promise<Response> {
  let url = input.url
  for (let hop = 0; hop <= mostHops; hop += 1) {
    if (!isSlacks(url, input.apiUrl)) throw elsewhere()
    const response = await get(url, input)
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null
    if (location === null) return checked(response)
    await response.body?.cancel()
    if (!URL.canParse(location, url)) break
    url = new URL(location, url).href
  }
  throw elsewhere()
}

async function get(url: string, input: { token: string; signal: AbortSignal }): Promise<Response> {
  try {
    const headers = { authorization: `Bearer ${input.token}` }
    return await fetch(url, { headers, redirect: 'manual', signal: input.signal })
  } catch (cause) {
    input.signal.throwIfAborted()
    throw new LoomError({ kind: 'unavailable', message: 'Slack does not answer.', cause })
  }
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response
  await response.body?.cancel()
  const { status } = response
  const detail = `http ${status}`
  if (status === 429) {
    const seconds = Number(response.headers.get('retry-after')) || 1
    const message = 'Slack asks for patience. Trying again.'
    throw new LoomError({ kind: 'rate_limited', message, detail, retryAfterMs: seconds * 1_000 })
  }
  if (status >= 500) throw new LoomError({ kind: 'unavailable', message: 'Slack does not answer.', detail })
  if (status === 404)
    throw new LoomError({ kind: 'not_found', message: 'The file is no longer in Slack.', detail })
  throw new LoomError({ kind: 'forbidden', message: 'Slack did not hand out the file.', detail })
}

function isSlacks(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false
  const { host, hostname, protocol } = new URL(address)
  if (host === new URL(apiUrl).host) return protocol === new URL(apiUrl).protocol
  return protocol === 'https:' && (hostname === 'slack.com' || hostname.endsWith('.slack.com'))
}

function elsewhere(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message: 'The file does not lie with Slack. Upload it here instead.',
    detail: 'a download led to another host',
  })
}
