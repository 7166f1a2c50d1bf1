/**
 * The body behind `aws-chunked` with its trailing checksum, which the SDK sends for streams; any other body as it is.
 * The trailer joins the headers.
 */
export function unchunk(raw: Buffer, headers: Record<string, string | undefined>): Buffer {
  if (!headers['x-amz-content-sha256']?.startsWith('STREAMING-')) return raw
  const pieces: Buffer[] = []
  let at = 0
  for (;;) {
    const end = raw.indexOf('\r\n', at)
    const size = Number.parseInt(raw.toString('latin1', at, end), 16)
    at = end + 2
    if (!(size > 0)) break
    pieces.push(raw.subarray(at, at + size))
    at += size + 2
  }
  const [, name, sum] = /(x-amz-checksum-\w+):([A-Za-z0-9+/=]+)/.exec(raw.toString('latin1', at)) ?? []
  if (name !== undefined) headers[name] = sum
  return Buffer.concat(pieces)
}
