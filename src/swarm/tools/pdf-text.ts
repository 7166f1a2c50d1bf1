import { Worker } from 'node:worker_threads'
import type { PdfAnswer } from './pdf-worker.ts'

const mostMs = 60_000
const mostHeapMb = 512
const mostBufferBytes = 512_000_000
const lookEveryMs = 50

/** A PDF as it can be read, and as much as its cost for a model that looks at it depends on. */
export interface PdfContents {
  /** Each page after a line `--- page n ---`; `undefined` when no page has any text, as with scans. */
  text: string | undefined
  pages: number
  /** UTF-8 bytes of the text on the pages, so far as it was read. */
  textBytes: number
  /** Opens without a password, but is encrypted all the same: providers refuse it. */
  isProtected: boolean
}

/**
 * What is in a PDF, or a sentence that says why nothing can be read: a password, a broken file, too much work. Runs in
 * a thread of its own, so that a hostile or huge document can neither hold up the other agents nor take their memory.
 * Throws only the reason of the abort.
 */
export async function pdfText(
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<PdfContents | { why: string }> {
  const answer = await inThread(bytes, signal)
  if ('fault' in answer) return { why: sentences[answer.fault] }
  const { isProtected, pageCount, pages } = answer
  if (pageCount === 0) return { why: sentences.broken }
  const textBytes = pages.reduce((sum, page) => sum + Buffer.byteLength(page), 0)
  if (textBytes === 0) return { text: undefined, pages: pageCount, textBytes, isProtected }
  const parts = pages.map((page, index) => `--- page ${index + 1} ---\n${page === '' ? '(no text)' : page}\n`)
  const isCut = pages.length < pageCount
  const end = isCut ? '\n--- the rest of this PDF was not read: it has too much text ---\n' : ''
  return { text: parts.join('\n') + end, pages: pageCount, textBytes, isProtected }
}

const sentences = {
  password: 'The PDF is locked with a password and cannot be read.',
  broken: 'The PDF is broken and cannot be read.',
  heavy: 'The PDF takes too long or too much memory to read.',
} as const

function inThread(bytes: Uint8Array, signal: AbortSignal): Promise<PdfAnswer | { fault: 'heavy' }> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const copy = Uint8Array.from(bytes)
    const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), {
      workerData: copy,
      transferList: [copy.buffer],
      resourceLimits: { maxOldGenerationSizeMb: mostHeapMb },
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    })
    const stop = () => {
      clearTimeout(timer)
      clearInterval(watch)
      signal.removeEventListener('abort', onAbort)
      void worker.terminate()
    }
    const settle = (answer: PdfAnswer | { fault: 'heavy' }) => {
      stop()
      resolve(answer)
    }
    const onAbort = () => {
      stop()
      reject(signal.reason)
    }
    const timer = setTimeout(() => settle({ fault: 'heavy' }), mostMs)
    // Two kB of PDF can unpack to many GB of buffers, which the thread's limits do not count.
    const watch = setInterval(() => {
      worker.getHeapStatistics().then(
        (heap) => {
          if (heap.external_memory > mostBufferBytes) settle({ fault: 'heavy' })
        },
        () => undefined, // The thread has ended, and says so itself.
      )
    }, lookEveryMs)
    signal.addEventListener('abort', onAbort, { once: true })
    worker.once('message', settle)
    worker.once('error', (thrown: Error & { code?: string }) =>
      settle({ fault: thrown.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'heavy' : 'broken' }),
    )
    worker.once('exit', () => settle({ fault: 'broken' }))
  })
}
