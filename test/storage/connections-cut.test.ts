import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { openPostgres } from '../../src/storage/open-postgres.ts'
import { openGate } from '../queue/gate.ts'
import { within } from '../queue/within.ts'
import { describeEachServer, openTestBed } from '../support/store.ts'

describeEachServer('connections that are cut', (server) => {
  const closers: (() => Promise<unknown>)[] = []
  const uncaught: unknown[] = []
  const note = (thrown: unknown) => uncaught.push(thrown)
  afterEach(async () => {
    process.off('uncaughtExceptionMonitor', note)
    for (const close of closers.splice(0).reverse()) await close()
  })

  it('end each transaction on them, settle each statement, and let none of it run elsewhere', async () => {
    const bed = await openTestBed(server)
    closers.push(() => bed.close())
    await bed.admin`create table public.halves (pair int, half int)`
    await bed.admin`grant all on public.halves to public`
    const address = new URL(bed.url)
    const gate = await openGate({ host: address.hostname, port: Number(address.port || 5432) })
    closers.push(() => gate.close())
    address.hostname = '127.0.0.1'
    address.port = String(gate.port)
    const sql = openPostgres(address.href, { max: 4, name: 'loom-test' })
    closers.push(() => sql.end({ timeout: 1 }))
    process.on('uncaughtExceptionMonitor', note)

    let pair = 0
    let [kept, lost] = [0, 0]
    // Cuts come after so many statements, so that a slow machine has as many of them as a fast one, and at any moment.
    let untilCut = 1
    const stepped = () => {
      untilCut -= 1
      if (untilCut > 0) return
      untilCut = 5 + ((pair * 7) % 31)
      void pause(pair % 5).then(() => gate.cut())
    }
    const transact = async () => {
      while (pair < 200) {
        const id = ++pair
        const settled = sql
          .begin(async (tx) => {
            stepped()
            // Long enough to be written at once and not by the timer.
            await tx`insert into public.halves select ${id}, 1 where ${'x'.repeat(id % 2 ? 2_000 : 1)} <> ''`
            stepped()
            await Promise.all([tx`select ${id}::int`, tx`select 1`, tx`select ${'y'}::text`])
            stepped()
            await tx`insert into public.halves values (${id}, 2)`
            stepped()
          })
          .then(
            () => ++kept,
            () => ++lost,
          )
        const late = pause(30_000, 'unsettled' as const, { ref: false })
        expect(await Promise.race([settled, late])).not.toBe('unsettled')
      }
    }
    await Promise.all(Array.from({ length: 12 }, () => transact()))
    await within(30_000, async () => (await sql`select 1`.catch(() => [])).length === 1)

    expect(uncaught).toEqual([])
    expect(Math.min(kept, lost)).toBeGreaterThan(20)
    const torn = await bed.admin`
      select pair from public.halves group by pair having count(*) <> 2 or min(half) = max(half)`
    expect([...torn]).toEqual([])
  }, 60_000)
})
