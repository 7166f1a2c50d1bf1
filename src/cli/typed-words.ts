export type Typed =
  | { kind: 'nothing' | 'stop' | 'help' }
  | { kind: 'unknown'; command: string }
  | { kind: 'rerun' | 'drop'; name: string }
  | { kind: 'say'; text: string }

/** What a line means that is typed while a brief runs: `stop`, a command behind a slash, or words for the agents. */
export function typedWords(line: string): Typed {
  const text = line.trim()
  if (text === '') return { kind: 'nothing' }
  if (/^\/?stop[.!]?$/i.test(text)) return { kind: 'stop' }
  if (/^(?:\/help|\?)$/i.test(text)) return { kind: 'help' }
  const [, command, name = ''] = /^\/(\S+)\s*(.*)$/s.exec(text) ?? []
  if (command === undefined) return { kind: 'say', text }
  if ((command === 'rerun' || command === 'drop') && name !== '') return { kind: command, name }
  return { kind: 'unknown', command: `/${command}` }
}
