import { spawn } from 'node:child_process'
import { parse } from 'node:path'

/** The user a program runs as; undefined means the user that Loom itself runs as. */
export type Account = { uid: number; gid: number }

export type Outcome = { code: number | null; output: string }

// A fixed environment: nobody's PGPORT leads the server astray, and no key of Loom's is inherited by it.
export const programEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }

const outputCharacters = 4_000

/**
 * Runs a program to its end. Gives its exit code (null when it was stopped by a signal, or by us after `timeoutMs`)
 * and the end of what it printed. Throws the system's error when the program cannot be started at all.
 */
export function run(input: {
  file: string
  args: string[]
  account: Account | undefined
  timeoutMs: number
  env?: Record<string, string>
  stdin?: string
}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(input.file, input.args, {
      ...input.account,
      // The account may not be allowed to enter the folder that Loom was started in.
      cwd: parse(process.execPath).root,
      env: { ...programEnvironment, ...input.env },
      // A session of its own: Ctrl-C in the terminal is for Loom, which then closes in order.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk: string) => {
      output = (output + chunk).slice(-outputCharacters)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    // A program that ends without reading its input breaks the pipe; its exit code tells the story.
    child.stdin.on('error', () => undefined).end(input.stdin ?? '')
    const timer = setTimeout(() => child.kill('SIGKILL'), input.timeoutMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output })
    })
  })
}
