import { ownName } from '../../words/own-name.ts'
import { type Permalink, permalinkOf } from './permalinks.ts'

/** How ids in a message become words, and what was met on the way. */
export interface Voice {
  botUserId: string | undefined
  /** The name of a person, bot or group, where it is known already. */
  nameOf(id: string): string | undefined
  /** Whose names were asked for and not known. */
  nameless: Set<string>
  permalinks: Permalink[]
}

export function createVoice(input: {
  botUserId: string | undefined
  nameOf?: (id: string) => string | undefined
}): Voice {
  const { botUserId, nameOf = () => undefined } = input
  return { botUserId, nameOf, nameless: new Set(), permalinks: [] }
}

/** `@Ada`; an id where nobody knows the name. Our own is `@Loom`. */
export function callPerson(voice: Voice, id: string, label?: string): string {
  if (id === voice.botUserId) return ownName
  const name = label || voice.nameOf(id)
  if (name === undefined) voice.nameless.add(id)
  return `@${name ?? id}`
}

/** `the report (https://…)`; an address alone where the words say nothing else. */
export function sayLink(voice: Voice, url: string, label?: string): string {
  const permalink = permalinkOf(url)
  if (permalink) voice.permalinks.push(permalink)
  const words = label?.trim()
  const bare = url.replace(/^(?:mailto|tel):/, '')
  if (!words || words === url || words === bare || `https://${words}` === url || `http://${words}` === url)
    return bare
  return `${words} (${bare})`
}
