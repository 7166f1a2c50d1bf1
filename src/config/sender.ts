/** Whom mail is from. */
export interface Sender {
  /** Empty where there is none. */
  name: string
  address: string
}

/** `undefined` for what is no one address. */
export function senderOf(text: string): Sender | undefined {
  if (/\p{Cc}/u.test(text)) return undefined
  const [, name = '', address = ''] = /^\s*(?:"?([^"<>]*?)"?\s*<([^<>]+)>|)\s*$/.exec(text) ?? []
  const plain = address || text.trim()
  return /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(plain)
    ? { name: name.trim(), address: plain }
    : undefined
}
