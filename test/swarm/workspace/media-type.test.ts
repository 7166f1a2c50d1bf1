import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText } from '../../../src/swarm/workspace/decode-text.ts'
import { isTextType, mediaTypeOf } from '../../../src/swarm/workspace/media-type.ts'

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')
const swapped = (text: string) => utf16(text).swap16()
const pseudoRandom = (bytes: number) =>
  Uint8Array.from({ length: bytes }, (_, at) => ((at * 7919 + 13) % 255) | 1)

describe('the media type of a file', () => {
  it.each<[string, string, Uint8Array, string]>([
    ['a PNG called .csv', 'x.csv', png, 'image/png'],
    ['a JPEG without a name', 'x', Buffer.from('ffd8ffe0', 'hex'), 'image/jpeg'],
    ['a WebP', 'x', Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1'), 'image/webp'],
    ['a PDF called .txt', 'x.txt', Buffer.from('%PDF-1.7\n%âãÏÓ'), 'application/pdf'],
    ['a spreadsheet', 'x.XLSX', Buffer.from('PK\x03\x04'), /sheet/.source],
    ['a zip', 'x.csv', Buffer.from('PK\x03\x04'), 'application/zip'],
    ['a binary called .csv', 'x.csv', Buffer.from([1, 2, 0, 255, 254]), 'application/octet-stream'],
    ['a binary without a NUL called .csv', 'x.csv', pseudoRandom(5_000), 'application/octet-stream'],
    ['text called .png', 'x.png', Buffer.from('hello'), 'text/plain'],
    ['a table', 'dir.d/x.CSV', Buffer.from('a,b\n1,2\n'), 'text/csv'],
    ['JSON', 'x.json', Buffer.from('{}'), 'application/json'],
    ['nothing at all', 'x.csv', new Uint8Array(0), 'text/csv'],
    ['UTF-16 with its mark', 'x.csv', utf16('a;b\r\n1;2'), 'text/csv'],
    ['UTF-16 the other way', 'x', swapped('a;b'), 'text/plain'],
    ['UTF-32', 'x', Buffer.from('fffe000061000000', 'hex'), 'application/octet-stream'],
    ['windows-1252', 'x.txt', Buffer.from('Stra\xdfe und caf\xe9 \x80 5', 'latin1'), 'text/plain'],
    [
      'Cyrillic in an old encoding',
      'x.txt',
      Buffer.from('cff0e8e2e5f220ece8f0', 'hex'),
      'application/octet-stream',
    ],
    ['a terminal’s log', 'x.log', Buffer.from('\x1b[31mred\x1b[0m\n'), 'text/plain'],
    ['text about PDFs', 'x.md', Buffer.from('A PDF begins with %PDF-1.7'), 'text/markdown'],
    ['a bitmap’s letters', 'x.txt', Buffer.from('BM is short for bitmap'), 'text/plain'],
  ])('%s', (_, path, head, type) => {
    expect(mediaTypeOf(path, head)).toMatch(type)
  })

  it('is text even when the head ends inside a character', () => {
    const bytes = Buffer.from('naïve 😀')
    for (let end = 0; end <= bytes.length; end += 1) {
      expect(mediaTypeOf('x.txt', bytes.subarray(0, end))).toBe('text/plain')
    }
  })

  it('knows its own kinds of text', () => {
    for (const type of ['text/csv', 'application/json', 'image/svg+xml', 'application/x-ndjson']) {
      expect(isTextType(type)).toBe(true)
    }
    for (const type of ['image/png', 'application/pdf', 'application/octet-stream']) {
      expect(isTextType(type)).toBe(false)
    }
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, path) => {
        expect(mediaTypeOf(path, bytes)).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/)
        expect(typeof decodeText(bytes).text).toBe('string')
      }),
    )
  })
})

describe('the text of a file', () => {
  it('keeps line ends and the byte order mark', () => {
    expect(decodeText(Buffer.from('\ufeffa\r\nb\n'))).toEqual({
      text: '\ufeffa\r\nb\n',
      encoding: 'utf-8',
      hadBom: true,
    })
    expect(decodeText(Buffer.from('a\rb'))).toEqual({ text: 'a\rb', encoding: 'utf-8', hadBom: false })
  })

  it('reads UTF-16 both ways', () => {
    expect(decodeText(utf16('é😀'))).toEqual({ text: '\ufeffé😀', encoding: 'utf-16le', hadBom: true })
    expect(decodeText(swapped('é😀'))).toEqual({ text: '\ufeffé😀', encoding: 'utf-16be', hadBom: true })
  })

  it('reads windows-1252 with its own signs', () => {
    const { text, encoding } = decodeText(Buffer.from('5 \x80 \x93quoted\x94 caf\xe9', 'latin1'))
    expect(text).toBe('5 € “quoted” café')
    expect(encoding).toBe('windows-1252')
  })

  it('does not turn all of a UTF-8 text into mojibake for one broken byte', () => {
    const broken = Buffer.concat([Buffer.from('ÄÖÜ'.repeat(10)), Buffer.from([0xff]), Buffer.from('äöü')])
    expect(decodeText(broken)).toEqual({
      text: `${'ÄÖÜ'.repeat(10)}\ufffdäöü`,
      encoding: 'utf-8',
      hadBom: false,
    })
  })

  it('gives any text back that was written as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeText(Buffer.from(text)).text).toBe(text)
      }),
    )
  })
})
