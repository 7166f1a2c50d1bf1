import { parseConfig, readEnvironment } from '../config.ts'
import { createLog } from '../log.ts'
import { openParts, type Parts } from '../roles/parts.ts'

/** Runs an operator's command over what the settings name, hosted or embedded, and closes it again. */
export async function withParts<T>(work: (parts: Parts) => Promise<T>): Promise<T> {
  const config = parseConfig(readEnvironment(), ['scheduler'])
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const parts = await openParts({ config, log: createLog({ level: 'warn' }), say })
  try {
    return await work(parts)
  } finally {
    await parts.close()
  }
}
