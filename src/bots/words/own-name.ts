/** How people read Loom's mention. */
export const ownName = '@Loom'

/** The words behind "@Loom", at the beginning or the end where it is only the address; inside, the name stays. */
export function withoutOwnName(text: string): string {
  const opened = text.replace(new RegExp(`^(?:\\s*${ownName}(?![\\w-])[\\s,:]*)+`), '')
  return opened.replace(new RegExp(`\\s*${ownName}\\s*$`), '').trim()
}
