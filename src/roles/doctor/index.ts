import type { Config } from '../../config.ts'
import { examineDatabase } from './database.ts'
import { examineDiscord } from './discord.ts'
import type { Finding } from './finding.ts'
import { examineMail } from './mail.ts'
import { examineModels } from './models.ts'
import { examineSlack } from './slack.ts'
import { examineFiles, examineKeys, examineQueue } from './stores.ts'

export type { Finding } from './finding.ts'

/** Tries every connection that the settings name, all at once; tells of each part as soon as the ones before it are told. */
export async function* examine(config: Config): AsyncGenerator<Finding> {
  const parts = [
    Promise.resolve([settingsFinding(config)]),
    examineDatabase(config),
    examineQueue(config),
    examineFiles(config),
    examineKeys(config),
    examineModels(config),
    examineSlack(config),
    examineDiscord(config),
    examineMail(config),
  ]
  for (const findings of parts) yield* await findings
}

function settingsFinding({ home, mode }: Config): Finding {
  const where = mode === 'embedded' ? `, its home is ${home}` : ''
  return { part: 'settings', state: 'ok', text: `They can be used; Loom is ${mode}${where}.` }
}
