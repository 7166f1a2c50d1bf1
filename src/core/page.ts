/** A small page of our own: a heading, sentences, at most one link. Everything in it is escaped. */
export function page(input: {
  status: number
  title: string
  sentences: readonly string[]
  link?: { href: string; words: string }
  headers?: Readonly<Record<string, string>>
}): Response {
  const { link, sentences, status, title } = input
  const body = [
    `<h1>${escaped(title)}</h1>`,
    ...sentences.map((sentence) => `<p>${escaped(sentence)}</p>`),
    ...(link ? [`<p><a href="${escaped(link.href)}">${escaped(link.words)}</a></p>`] : []),
  ].join('\n')
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${escaped(title)}</title>
<style>${style}</style></head>
<body><main>
${body}
</main></body>
</html>
`
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      ...input.headers,
    },
  })
}

const style =
  'body{font:17px/1.6 system-ui,sans-serif;color:#1f2937;background:#fff;margin:0}main{max-width:34rem;margin:18vh auto 0;padding:0 1.5rem}h1{font-size:1.4rem}a{color:#1d4ed8}@media(prefers-color-scheme:dark){body{color:#e5e7eb;background:#111827}a{color:#93c5fd}}'

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
