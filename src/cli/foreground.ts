import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Whether this process may read its terminal: one in the background would be stopped by the attempt. */
export function isForeground(): boolean {
  try {
    const [, , group, , , foreground] = fieldsOf(readFileSync('/proc/self/stat', 'utf8'))
    return group === foreground
  } catch {
    return isForegroundBySign()
  }
}

/** State, parent, group, session, terminal, the terminal's group: what stands behind the command's name. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Where there is no such file, `ps` marks the foreground with a plus. */
function isForegroundBySign(): boolean {
  try {
    const words = ['-o', 'stat=', '-p', String(process.pid)]
    return execFileSync('ps', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).includes('+')
  } catch {
    return false
  }
}
