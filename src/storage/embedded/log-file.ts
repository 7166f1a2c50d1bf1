import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'

const rotateBytes = 5 * 1024 * 1024

export type ServerLog = { fd: number; tail: () => Promise<string>; close: () => Promise<void> }

/**
 * Opens `home/logs/postgres.log` for a server that is about to start; past 5 MB the old one becomes `postgres.log.1`.
 * `tail` gives what was written since. Loom opens it and hands it over, so the server's account needs no way into
 * `home/logs`.
 */
export async function openServerLog(home: string): Promise<ServerLog> {
  const folder = join(home, 'logs')
  const path = join(folder, 'postgres.log')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let file = await open(path, 'a+', 0o600)
  if ((await file.stat()).size > rotateBytes) {
    await file.close()
    await rename(path, `${path}.1`)
    file = await open(path, 'a+', 0o600)
  }
  const { size } = await file.stat()
  return { fd: file.fd, tail: () => readFrom(file, size), close: () => file.close() }
}

async function readFrom(file: FileHandle, start: number): Promise<string> {
  const length = (await file.stat()).size - start
  const buffer = Buffer.alloc(Math.min(length, 4_000))
  await file.read(buffer, 0, buffer.length, start + length - buffer.length)
  return buffer.toString('utf8')
}
