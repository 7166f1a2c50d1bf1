import { userInfo } from 'node:os'

/** The one account of an embedded Loom: this machine's. Whoever can run the command owns it. */
export const localOwner = {
  platform: 'local',
  kind: 'local',
  externalId: 'this-machine',
  installer: { externalId: 'owner', name: userName() },
} as const

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'owner'
  }
}
