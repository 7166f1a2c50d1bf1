import { userInfo } from 'node:os'
import { LoomError } from '../core/errors.ts'

/** The one account of an embedded Loom: this machine's. Whoever can run the command owns it. */
export const localOwner = {
  platform: 'local',
  kind: 'local',
  externalId: 'this-machine',
  installer: { externalId: 'owner', name: userName() },
} as const

/** A hosted Loom belongs to its tenants: whoever can run a command on its machines is none of them. */
export function noOwnerHere(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message:
      'A hosted Loom has no account of this machine. Here only doctor and migrate can be run; briefs come from its chats.',
  })
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'owner'
  }
}
