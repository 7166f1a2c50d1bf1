import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

/** A PDF by hand: one page for each text, with nothing on the page for an empty one; `leading` between lines. */
export function makePdf(texts: readonly string[], more: { trailer?: string; leading?: number } = {}): Buffer {
  const pageRefs = texts.map((_, index) => `${4 + index * 2} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pageRefs}] /Count ${texts.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...texts.flatMap((text, index) => {
      const lines = text.split('\n').map((line) => `(${line}) Tj 0 -${more.leading ?? 20} Td`)
      const drawn = text === '' ? '' : `BT /F1 12 Tf 50 700 Td ${lines.join(' ')} ET`
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + index * 2} 0 R ` +
          '/Resources << /Font << /F1 3 0 R >> >> >>',
        `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`,
      ]
    }),
  ]
  return assemble(objects, more.trailer ?? '')
}

/** A few kB that unpack to 4 GB of spaces. */
export function makePdfBomb(): Buffer {
  const packed = deflateSync(deflateSync(Buffer.alloc(100_000_000, ' '))).toString('latin1')
  const filters = '/Filter [/FlateDecode /FlateDecode]'
  const page = `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents [${'4 0 R '.repeat(40)}] >>`
  const stream = `<< /Length ${packed.length} ${filters} >>\nstream\n${packed}\nendstream`
  return assemble(
    ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>', page, stream],
    '',
  )
}

/** The objects of a PDF, the first one its catalog, with the table of where each begins. */
function assemble(objects: readonly string[], trailer: string): Buffer {
  let body = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = body.length
    body += `${index + 1} 0 obj\n${object}\nendobj\n`
    return String(offset).padStart(10, '0')
  })
  const start = body.length
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  body += offsets.map((offset) => `${offset} 00000 n \n`).join('')
  body += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(body, 'latin1')
}

/** Says that it is encrypted with a password that nobody has. */
export function makeLockedPdf(): Buffer {
  const nothing = `<${'41'.repeat(32)}>`
  const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /O ${nothing} /U ${nothing} /P -4 >>`
  return makePdf(['secret'], { trailer: `${encrypt} /ID [<00112233> <00112233>]` })
}

/** Encrypted, but with the empty password, as many offices send them: every reader opens it. Its pages are empty. */
export function makeProtectedPdf(): Buffer {
  const pad = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex')
  const owner = Buffer.alloc(32, 'A')
  const id = Buffer.from('00112233', 'hex')
  const permissions = Buffer.alloc(4)
  permissions.writeInt32LE(-4)
  const hash = createHash('md5')
    .update(Buffer.concat([pad, owner, permissions, id]))
    .digest()
  const user = rc4(hash.subarray(0, 5), pad).toString('hex')
  const encrypt = `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${owner.toString('hex')}> /U <${user}> /P -4 >>`
  return makePdf(['', ''], { trailer: `${encrypt} /ID [<00112233> <00112233>]` })
}

/** By hand, because the libraries of today have it no more. */
function rc4(key: Uint8Array, data: Uint8Array): Buffer {
  const state = Array.from({ length: 256 }, (_, index) => index)
  const at = (index: number) => state[index & 255] ?? 0
  const swap = (one: number, other: number) => {
    const held = at(one)
    state[one & 255] = at(other)
    state[other & 255] = held
  }
  let mix = 0
  for (let index = 0; index < 256; index += 1) {
    mix = (mix + at(index) + (key[index % key.length] ?? 0)) & 255
    swap(index, mix)
  }
  mix = 0
  return Buffer.from(
    Array.from(data, (byte, index) => {
      mix = (mix + at(index + 1)) & 255
      swap(index + 1, mix)
      return byte ^ at(at(index + 1) + at(mix))
    }),
  )
}
