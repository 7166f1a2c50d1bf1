import { Readable } from 'node:stream'
import { type Context, Hono } from 'hono'
import { attachment } from '../core/content-disposition.ts'
import { type LoomError, toLoomError } from '../core/errors.ts'
import type { Links } from '../core/links.ts'
import type { Log, ObjectStore } from '../core/ports.ts'
import { type Platform, platforms } from '../core/words.ts'
import type { Store } from '../storage/database.ts'
import { objectKeys } from '../storage/objects/keys.ts'
import { openLink } from './artifact-link.ts'
import { isPreviewer } from './previewer.ts'
import { noSignIn, type SignInGate } from './sign-in.ts'

export interface WebDeps {
  store: Store
  objects: ObjectStore
  links: Links
  log: Log
  /** Lets people in to files of threads that ask for it; nobody without. */
  signIn?: SignInGate
  /** What chat platforms and others reach by a path of ours: a handler for each path. */
  handlers?: Readonly<Record<string, Handler>>
}

/** Answers a request by itself, headers included; what it throws becomes a plain sentence. */
export interface Handler {
  method: 'GET' | 'POST'
  answer(request: Request): Promise<Response>
}

/** How long the address that a link leads on to opens in the object store: long enough to begin a download. */
const presignedMs = 5 * 60_000

/** Loom's own pages and links. The chat platforms' and processors' paths join it as their rooms come. */
export function createWebApp(deps: WebDeps): Hono {
  const app = new Hono()
  const { signIn = noSignIn } = deps

  app.use(async (c, next) => {
    await next()
    // Set on the answer as it is: `c.header` would make another one of it, for every event of a platform.
    const { headers } = c.res
    headers.set('X-Content-Type-Options', 'nosniff')
    headers.set('Referrer-Policy', 'no-referrer')
    if (!headers.has('Content-Security-Policy'))
      headers.set('Content-Security-Policy', "default-src 'none'; sandbox")
  })

  app.get('/healthz', (c) => c.json({ ok: true }))

  app.get('/readyz', async (c) => {
    const ready = await deps.store.sql`select 1`.then(
      () => true,
      () => false,
    )
    return c.json({ ok: ready }, ready ? 200 : 503)
  })

  app.get('/a/:artifact', async (c) => {
    // Whoever only shows what a link is gets neither the file nor a look whether there is one.
    if (isPreviewer(c.req.method, c.req.raw.headers)) {
      c.header('Cache-Control', 'private, no-store')
      return c.text('A file that Loom wrote. Open the link in a browser to get it.\n')
    }
    const asked = { artifactId: c.req.param('artifact'), key: c.req.query('k') ?? '' }
    const opened = await openLink(deps, asked)
    if (opened.signIn && !signIn.admits(c.req.raw, asked)) return signIn.ask({ ...asked, opened })
    const { artifact, tenantId } = opened
    const key = objectKeys.blob({ tenantId, jobId: artifact.jobId }, artifact.sha256)
    const file = { fileName: artifact.path, mediaType: artifact.mediaType }
    const elsewhere = await deps.objects.presign(key, { ttlMs: presignedMs, ...file })
    if (elsewhere !== undefined) {
      c.header('Cache-Control', 'private, no-store')
      return c.redirect(elsewhere, 302)
    }
    const { body, bytes } = await deps.objects.stream(key)
    return c.body(Readable.toWeb(body) as ReadableStream, 200, {
      'Content-Type': artifact.mediaType,
      'Content-Length': String(bytes),
      'Content-Disposition': attachment(artifact.path),
      'Cache-Control': 'private, no-store',
    })
  })

  const signedIn = (platform: Platform) => (c: Context) =>
    signIn.back(platform, c.req.raw, (asked) => openLink(deps, asked))
  for (const platform of platforms) app.get(`/${platform}/signed_in`, signedIn(platform))

  for (const [path, { answer, method }] of Object.entries(deps.handlers ?? {})) {
    app.on(method, path, (c) => answer(c.req.raw))
  }

  app.notFound((c) => c.text('There is nothing here.\n', 404))
  app.onError((thrown, c) => {
    const error = toLoomError(thrown)
    if (error.kind === 'internal')
      deps.log.error({ kind: error.kind, detail: error.detail }, 'a request failed')
    return c.text(`${error.message}\n`, statusOf(error))
  })
  return app
}

function statusOf(error: LoomError): 400 | 403 | 404 | 413 | 429 | 500 | 503 {
  switch (error.kind) {
    case 'invalid_input':
      return 400
    case 'forbidden':
      return 403
    case 'not_found':
      return 404
    case 'too_large':
      return 413
    case 'rate_limited':
      return 429
    case 'unavailable':
      return 503
    default:
      return 500
  }
}
