import { deflateSync } from 'node:zlib'

/** A PDF by hand: one page for each text, with nothing on the page for an empty one. */
export function makePdf(texts: readonly string[], more: { trailer?: string } = {}): Buffer {
  const pageRefs = texts.map((_, index) => `${4 + index * 2} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pageRefs}] /Count ${texts.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...texts.flatMap((text, index) => {
      const lines = text.split('\n').map((line) => `(${line}) Tj 0 -20 Td`)
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
