import { keepDays } from '../../core/keep-days.ts'
import { age, type PolicyRow } from './rows.ts'

/**
 * Everything that is kept outside of the database's rows: prefixes of the object store, files of this machine, queue,
 * logs, memory. What the walk over a place finds under no name here is a breach.
 */
export const places = {
  'objects:<tenant>/<job>/blobs/': {
    category: 'artifact',
    purpose: 'The bytes of files: what came with a brief, what agents wrote.',
    keeps: { rule: 'star', days: keepDays.artifact },
    eraser: 'purgeObjects',
  },
  'objects:unfinished': {
    category: 'operation',
    purpose: 'Uploads that never ended, files half written, versions that were replaced.',
    keeps: age(1),
    eraser: 'purgeObjects',
  },
  'objects:doctor/': {
    category: 'operation',
    purpose: 'Probes by which the doctor tries the bucket. No content.',
    keeps: age(1),
    eraser: 'purgeObjects',
  },
  'objects:dumps/': {
    category: 'operation',
    purpose: 'The nightly dump of the database, encrypted, for the case of a disaster.',
    keeps: age(keepDays.dump),
    eraser: 'removeOldDumps',
  },
  ledger: {
    category: 'receipt',
    purpose:
      'Which accounts and people were forgotten, as ids and keyed hashes, so that no old copy brings them back.',
    keeps: { rule: 'receipt' },
    eraser: 'nothing',
    exception: 'A restored copy of the database must be able to forget them again.',
  },
  'objects:<tenant>/exports/': {
    category: 'account',
    purpose: 'The ZIP of an export that somebody asked for, for a day.',
    keeps: age(keepDays.export),
    eraser: 'purgeObjects',
  },
  keys: {
    category: 'account',
    purpose: 'The account’s keys, wrapped; without them no copy of its content can be read.',
    keeps: { rule: 'account' },
    eraser: 'eraseStep',
  },
  'backups:rds': {
    category: 'operation',
    purpose: 'The automated backups of the hosted database.',
    keeps: age(keepDays.backup),
    eraser: 'itself',
  },
  'files:.loom/out/': {
    category: 'artifact',
    purpose: 'Copies of files that the terminal hands to the person at this machine. They are theirs.',
    keeps: { rule: 'account' },
    eraser: 'nothing',
    exception: 'They belong to whoever sits at this machine, who was given them.',
  },
  'files:.loom/logs/': {
    category: 'operation',
    purpose:
      'The embedded database’s own log, 10 MB at most. Its settings keep statements and their values out.',
    keeps: { rule: 'account' },
    eraser: 'nothing',
    exception: 'On your own machine only: it tells of the database server’s starts and stops.',
  },
  queue: {
    category: 'operation',
    purpose: 'Rings that say that work is waiting. They carry nothing.',
    keeps: { rule: 'waiting', days: 1 },
    eraser: 'itself',
  },
  logs: {
    category: 'operation',
    purpose:
      'What Loom did: ids and kinds, no content, no address. It writes to its output and keeps no file.',
    keeps: age(30),
    eraser: 'itself',
  },
  memory: {
    category: 'operation',
    purpose: 'Opened keys and settings of accounts in the memory of a running process.',
    keeps: { rule: 'memory', minutes: 5 },
    eraser: 'itself',
  },
  'rooms:memory': {
    category: 'brief',
    purpose: 'What Loom would remember across briefs, with its vectors. Not built: nothing is kept.',
    keeps: age(keepDays.brief),
    eraser: 'nothing',
  },
  'rooms:factory': {
    category: 'artifact',
    purpose: 'A sandbox in which agents would run code. Not built: nothing is kept.',
    keeps: { rule: 'waiting', days: 1 },
    eraser: 'nothing',
  },
} as const satisfies Record<string, PolicyRow>

export type PlaceName = keyof typeof places
