import { LoomError } from '../core/errors.ts'

export { localOwner } from '../bots/own-account.ts'

/** A hosted Loom belongs to its tenants: whoever can run a command on its machines is none of them. */
export function noOwnerHere(): LoomError {
  return new LoomError({
    kind: 'forbidden',
    message:
      'A hosted Loom has no account of this machine. Here only doctor and migrate can be run; briefs come from its chats.',
  })
}
