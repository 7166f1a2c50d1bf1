/**
 * Mends postgres.js 3.4.9 in place after an install, until a release does. When a connection closes inside a
 * transaction, the driver (issues 1154 and 1208 of its repository) throws out of a timer and ends the process, never
 * settles statements that wait for that connection, and runs the transaction's next statement on whatever the
 * connection became. Idempotent; fails when the driver is not the version whose text it knows.
 */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

const driver = path.join(import.meta.dirname, '../node_modules/postgres')
const known = '3.4.9'

interface Mend {
  file: string
  from: string
  to: string
}

const mends: readonly Mend[] = [
  {
    // Bytes for a socket that is gone are dropped: whoever wrote them is told by `closed`.
    file: 'src/connection.js',
    from: `    const x = socket.write(chunk, fn)
    nextWriteTimer !== null && clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    return x
  }
`,
    to: `    const x = socket ? socket.write(chunk, fn) : true
    forgetWrites()
    return x
  }

  function forgetWrites() {
    nextWriteTimer !== null && clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
  }
`,
  },
  {
    file: 'src/connection.js',
    from: `    clearImmediate(nextWriteTimer)
    if (socket) {
`,
    to: `    forgetWrites()
    if (socket) {
`,
  },
  {
    file: 'src/connection.js',
    from: `    clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)
`,
    to: `    forgetWrites()
    socket.removeListener('data', data)
`,
  },
  {
    // A statement sent between a socket's error and its close is told too, and the next connection starts afresh.
    file: 'src/connection.js',
    from: `    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))
`,
    to: `    ;(query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))
    query = results = errorResponse = null
    result = new Result()
    rows = 0
`,
  },
  {
    // What waits for the connection is told of its end; this question of the driver's own had nobody to tell.
    file: 'src/connection.js',
    from: `        return fetchArrayTypes()
`,
    to: `        return fetchArrayTypes().catch(noop)
`,
  },
  {
    // Who waits for a connection and was told that there is none is no longer given one, which nobody would give back.
    file: 'src/index.js',
    from: `        const query = { reserve: resolve, reject }
`,
    to: `        const query = { reserve: resolve, reject: e => (queries.remove(query), reject(e)) }
`,
  },
  {
    // A connection that is given to somebody is theirs at once, and not what the next transaction begins on.
    file: 'src/index.js',
    from: `      if (query.reserve)
        return query.reserve(c)
`,
    to: `      if (query.reserve) {
        move(c, reserved)
        return query.reserve(c)
      }
`,
  },
  {
    // The same for a connection that is held for several statements; one that is lost is not given back.
    file: 'src/index.js',
    from: `    c.reserved.release = true

    const sql = Sql(handler)
    sql.release = () => {
      c.reserved = null
`,
    to: `    c.reserved.release = true
    let lost = null
    c.onclose = e => {
      lost = e
      while (queue.length)
        queue.shift().reject(e)
    }

    const sql = Sql(handler)
    sql.release = () => {
      if (lost)
        return

      c.onclose = null
      c.reserved = null
`,
  },
  {
    file: 'src/index.js',
    from: `    function handler(q) {
      c.queue === full
        ? queue.push(q)
`,
    to: `    function handler(q) {
      if (lost)
        return q.reject(lost)

      c.queue === full
        ? queue.push(q)
`,
  },
  {
    file: 'src/index.js',
    from: `      , prepare = null

    try {
`,
    to: `      , prepare = null
      , lost = null

    try {
`,
  },
  {
    // A transaction whose connection is lost answers each of its statements, waiting or to come, with the loss.
    file: 'src/index.js',
    from: `        new Promise((_, reject) => connection.onclose = reject)
`,
    to: `        new Promise((_, reject) => connection.onclose = e => {
          lost = e
          while (queries.length)
            queries.shift().reject(e)
          reject(e)
        })
`,
  },
  {
    file: 'src/index.js',
    from: `        q.catch(e => uncaughtError || (uncaughtError = e))
        c.queue === full
`,
    to: `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost)
          return q.reject(lost)

        c.queue === full
`,
  },
]

const { version } = JSON.parse(await readFile(path.join(driver, 'package.json'), 'utf8'))
if (version !== known) {
  throw new Error(
    `postgres ${version} is installed and ${known} is mended here: see whether it still needs it`,
  )
}
for (const { file, from, to } of mends) {
  const place = path.join(driver, file)
  const text = await readFile(place, 'utf8')
  if (text.includes(to)) continue
  if (text.split(from).length !== 2) throw new Error(`postgres ${known}: ${file} is not as it was published`)
  await writeFile(
    place,
    text.replace(from, () => to),
  )
}
