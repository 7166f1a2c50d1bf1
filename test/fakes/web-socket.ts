import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'

/** As much of a WebSocket server as the fakes of chat platforms need: whole text frames, ping and pong, close. */
export interface Peer {
  send(text: string): void
  ping(): void
  close(code?: number, reason?: string): void
  /** Breaks the connection without a word. */
  destroy(): void
}

const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const opcodes = { text: 1, close: 8, ping: 9, pong: 10 }

export function accept(
  socket: Duplex,
  key: string,
  on: { text: (text: string) => void; end: (code: number) => void },
): Peer {
  const proof = createHash('sha1')
    .update(key + magic)
    .digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n\r\n`,
  )
  let waiting = Buffer.alloc(0)
  let parts: Buffer[] = []
  /** 1006 says that no close frame came. */
  let closeCode = 1006
  const write = (opcode: number, payload: Buffer) => {
    if (!socket.destroyed) socket.write(Buffer.concat([header(opcode, payload.length), payload]))
  }
  const take = (frame: Frame) => {
    if (frame.opcode === opcodes.ping) return write(opcodes.pong, frame.payload)
    if (frame.opcode === opcodes.close) {
      closeCode = frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005
      write(opcodes.close, frame.payload.subarray(0, 2))
      return socket.end()
    }
    if (frame.opcode === opcodes.pong) return
    parts.push(frame.payload)
    if (!frame.final) return
    const text = Buffer.concat(parts).toString()
    parts = []
    on.text(text)
  }
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk])
    for (let frame = read(waiting); frame; frame = read(waiting)) {
      waiting = waiting.subarray(frame.size)
      take(frame)
    }
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => on.end(closeCode))
  return {
    send: (text) => write(opcodes.text, Buffer.from(text)),
    ping: () => write(opcodes.ping, Buffer.from('Ping')),
    close: (code = 1000, reason = '') => {
      const status = Buffer.alloc(2)
      status.writeUInt16BE(code)
      write(opcodes.close, Buffer.concat([status, Buffer.from(reason)]))
    },
    destroy: () => socket.destroy(),
  }
}

interface Frame {
  opcode: number
  final: boolean
  payload: Buffer
  size: number
}

function header(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | opcode, length])
  const wide = length > 65_535
  const bytes = Buffer.alloc(wide ? 10 : 4)
  bytes[0] = 0x80 | opcode
  bytes[1] = wide ? 127 : 126
  if (wide) bytes.writeBigUInt64BE(BigInt(length), 2)
  else bytes.writeUInt16BE(length, 2)
  return bytes
}

/** The next whole frame, unmasked: a client masks all of its own. */
function read(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined
  const first = bytes.readUInt8(0)
  const short = bytes.readUInt8(1) & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length < 6 + lengthBytes) return undefined
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  const maskAt = 2 + lengthBytes
  const size = maskAt + 4 + length
  if (bytes.length < size) return undefined
  const mask = bytes.subarray(maskAt, maskAt + 4)
  const payload = Buffer.from(bytes.subarray(maskAt + 4, size))
  for (let index = 0; index < length; index += 1) {
    payload.writeUInt8(payload.readUInt8(index) ^ mask.readUInt8(index % 4), index)
  }
  return { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload, size }
}
