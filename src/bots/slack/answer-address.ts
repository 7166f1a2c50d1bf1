import { LoomError } from '../../core/errors.ts'
import { type Loose, listOf, recordOf } from './read/loose.ts'

const hosts = /(?:^|\.)slack(?:-gov)?\.com$/

/**
 * Refuses a payload that wants its answer sent to anywhere else than Slack: what is said to one person goes there, and
 * so would Loom's own network be reached. Throws `forbidden`.
 */
export function mustAnswerSlack(body: Loose, apiUrl: string): void {
  const beside = listOf(body.response_urls).map((each) => recordOf(each).response_url)
  const addresses = [body.response_url, ...beside].filter(
    (address) => address !== undefined && address !== '',
  )
  if (addresses.every((address) => isSlacks(address, apiUrl))) return
  throw new LoomError({
    kind: 'forbidden',
    message: 'That did not come from Slack.',
    detail: 'an answer wanted elsewhere',
  })
}

function isSlacks(address: unknown, apiUrl: string): boolean {
  const url = typeof address === 'string' ? URL.parse(address) : null
  if (!url) return false
  if (`${url.username}${url.password}` !== '') return false
  if (url.origin === new URL(apiUrl).origin) return true
  return url.protocol === 'https:' && url.port === '' && hosts.test(url.hostname)
}
