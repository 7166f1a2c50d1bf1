import { callPerson, sayLink, type Voice } from './voice.ts'

/** Slack's own markup as words: mentions as names, links with their address, entities decoded. */
export function plainOf(mrkdwn: string, voice: Voice): string {
  const words = mrkdwn.replace(/<([^<>]{1,4000})>/g, (_, inner: string) => spokenReference(inner, voice))
  return decodeEntities(words)
}

/** The three characters that Slack escapes. */
export function decodeEntities(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: 'lt' | 'gt' | 'amp') => entities[name])
}

const entities = { lt: '<', gt: '>', amp: '&' } as const

function spokenReference(inner: string, voice: Voice): string {
  const bar = inner.indexOf('|')
  const target = bar < 0 ? inner : inner.slice(0, bar)
  const label = bar < 0 ? undefined : inner.slice(bar + 1)
  const id = target.slice(1)
  if (target.startsWith('@')) return callPerson(voice, id, label?.replace(/^@/, ''))
  if (target.startsWith('#')) return `#${label || voice.nameOf(id) || id}`
  if (target.startsWith('!')) return spokenCommand(id, label)
  return sayLink(voice, decodeEntities(target), label === undefined ? undefined : decodeEntities(label))
}

function spokenCommand(command: string, label: string | undefined): string {
  if (command.startsWith('date^')) return label ?? ''
  if (command.startsWith('subteam^'))
    return `@${(label ?? command.slice('subteam^'.length)).replace(/^@/, '')}`
  return `@${(label ?? command).replace(/^@/, '')}`
}
