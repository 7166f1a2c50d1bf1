import { parentPort, workerData } from 'node:worker_threads'
import { getDocumentProxy } from 'unpdf'

/** What the thread answers. */
export type PdfAnswer = { pages: string[]; isCut: boolean } | { fault: 'password' | 'broken' }

const mostChars = 20_000_000

async function pagesOf(bytes: Uint8Array): Promise<PdfAnswer> {
  const pdf = await getDocumentProxy(bytes, { verbosity: 0 })
  const pages: string[] = []
  let chars = 0
  for (let number = 1; number <= pdf.numPages; number += 1) {
    if (chars > mostChars) return { pages, isCut: true }
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
    chars += text.length
    pages.push(text.trim())
    page.cleanup()
  }
  return { pages, isCut: false }
}

if (parentPort !== null && workerData instanceof Uint8Array) {
  const answer = await pagesOf(workerData).catch((thrown: unknown): PdfAnswer => {
    const isLocked = thrown instanceof Error && thrown.name === 'PasswordException'
    return { fault: isLocked ? 'password' : 'broken' }
  })
  parentPort.postMessage(answer)
}
