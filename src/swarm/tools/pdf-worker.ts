import { parentPort, workerData } from 'node:worker_threads'
import { getDocumentProxy } from 'unpdf'

/** What the thread answers: the texts of the pages that it read, of so many that there are. */
export type PdfAnswer =
  | { pages: string[]; pageCount: number; isProtected: boolean }
  | { fault: 'password' | 'broken' }

const mostChars = 20_000_000

async function pagesOf(bytes: Uint8Array): Promise<PdfAnswer> {
  const pdf = await getDocumentProxy(bytes, { verbosity: 0 })
  const pages: string[] = []
  let chars = 0
  for (let number = 1; number <= pdf.numPages; number += 1) {
    if (chars > mostChars) break
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
    chars += text.length
    pages.push(text.trim())
    page.cleanup()
  }
  const { info } = await pdf.getMetadata()
  const isProtected = 'EncryptFilterName' in info && Boolean(info.EncryptFilterName)
  return { pages, pageCount: pdf.numPages, isProtected }
}

if (parentPort !== null && workerData instanceof Uint8Array) {
  const answer = await pagesOf(workerData).catch((thrown: unknown): PdfAnswer => {
    const isLocked = thrown instanceof Error && thrown.name === 'PasswordException'
    return { fault: isLocked ? 'password' : 'broken' }
  })
  parentPort.postMessage(answer)
}
