import { randomBytes } from 'node:crypto'

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789'
let counter = 0

/** An id as Slack makes them: a letter for its kind, then capitals and digits. */
export function newId(prefix: string): string {
  counter += 1
  let rest = ''
  for (let left = counter; rest.length < 4; left = Math.floor(left / letters.length)) {
    rest = `${letters[left % letters.length]}${rest}`
  }
  return `${prefix}0${tail(5)}${rest}`
}

export function newSecret(bytes = 16): string {
  return randomBytes(bytes).toString('hex')
}

function tail(length: number): string {
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('')
}
