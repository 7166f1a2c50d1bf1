import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LoomError } from '../../core/errors.ts'
import { type Access, newPassword, readAccess, writeAccess } from './access-file.ts'
import { canReach, serverAccount } from './account.ts'
import { type Binaries, locateBinaries } from './binaries.ts'
import { errorCode, fileFault, homeClosed } from './faults.ts'
import { ensureHome, findDataDir } from './home.ts'
import { initialise } from './initialise.ts'
import { launch, stopServer } from './launch.ts'
import { withHomeLock } from './lock.ts'
import type { Cluster, Place } from './place.ts'
import { findPostmaster } from './postmaster.ts'
import { isPassing, joinServer, type Presence } from './presence.ts'
import { repairPassword } from './repair-password.ts'
import { defaultStagingDir, reachableNative } from './staging.ts'

/** `url` opens the database `loom` as its superuser. It holds the password: never log it. */
export type EmbeddedPostgres = { url: string; close(): Promise<void> }

const startMs = 30_000
const lockWaitMs = 180_000
