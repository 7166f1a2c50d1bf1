import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'

/** Generates the next migration into a copy: when one comes out, the schema has moved on without its migration. */
const root = path.resolve(import.meta.dirname, '..')
const copy = mkdtempSync(path.join(root, '.loom-drizzle-'))
try {
  cpSync(path.join(root, 'drizzle'), copy, { recursive: true })
  const before = readdirSync(copy).length
  const out = path.relative(root, copy)
  execFileSync(
    'drizzle-kit',
    ['generate', '--dialect=postgresql', '--schema=./src/storage/schema/index.ts', `--out=./${out}`],
    {
      cwd: root,
      stdio: 'pipe',
    },
  )
  const after = readdirSync(copy).length
  if (after !== before) {
    console.error('The schema differs from the migrations. Run npm run db:generate -- --name what_changed')
    process.exitCode = 1
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
