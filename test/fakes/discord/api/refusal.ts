/** What Discord answers when it refuses: a status, a code of its own, and where a field is wrong, which. */
export class Refusal extends Error {
  readonly status: number
  readonly code: number
  readonly fields: Record<string, unknown>
  constructor(status: number, code: number, message: string, fields: Record<string, unknown> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.fields = fields
  }
}

const refusals = {
  unauthorized: [401, 0, '401: Unauthorized'],
  notFound: [404, 0, '404: Not Found'],
  methodNotAllowed: [405, 0, '405: Method Not Allowed'],
  generalError: [400, 0, '400: Bad Request'],
  unknownChannel: [404, 10003, 'Unknown Channel'],
  unknownGuild: [404, 10004, 'Unknown Guild'],
  unknownMember: [404, 10007, 'Unknown Member'],
  unknownMessage: [404, 10008, 'Unknown Message'],
  unknownUser: [404, 10013, 'Unknown User'],
  unknownWebhook: [404, 10015, 'Unknown Webhook'],
  unknownInteraction: [404, 10062, 'Unknown interaction'],
  unknownCommand: [404, 10063, 'Unknown application command'],
  tooManyCommands: [400, 30032, 'Maximum number of application commands reached (100).'],
  tooLarge: [413, 40005, 'Request entity too large'],
  acknowledged: [400, 40060, 'Interaction has already been acknowledged.'],
  tagRequired: [400, 40067, 'A tag is required to create a forum post in this channel'],
  tooManyFollowUps: [400, 40094, 'This interaction has reached the maximum number of follow up messages'],
  missingAccess: [403, 50001, 'Missing Access'],
  notOnDms: [403, 50003, 'Cannot execute action on a DM channel'],
  notYours: [403, 50005, 'Cannot edit a message authored by another user'],
  emptyMessage: [400, 50006, 'Cannot send an empty message'],
  refusesDms: [403, 50007, 'Cannot send messages to this user'],
  nonText: [400, 50008, 'Cannot send messages in a non-text channel'],
  missingPermissions: [403, 50013, 'Missing Permissions'],
  systemMessage: [403, 50021, 'Cannot execute action on a system message'],
  wrongChannelType: [400, 50024, 'Cannot execute action on this channel type'],
  invalidToken: [401, 50027, 'Invalid Webhook Token'],
  invalidRecipients: [400, 50033, 'Invalid Recipient(s)'],
  invalidForm: [400, 50035, 'Invalid Form Body'],
  archived: [400, 50083, 'Thread is archived'],
  badJson: [400, 50109, 'The request body contains invalid JSON.'],
  noHistory: [400, 160_002, 'Cannot reply without permission to read message history'],
  hasThread: [400, 160_004, 'A thread has already been created for this message'],
  locked: [400, 160_005, 'Thread is locked'],
  tooManyThreads: [400, 160_006, 'Maximum number of active threads reached'],
} as const satisfies Record<string, readonly [number, number, string]>

export type RefusalName = keyof typeof refusals

export function refused(name: RefusalName, fields: Record<string, unknown> = {}): Refusal {
  const [status, code, message] = refusals[name]
  return new Refusal(status, code, message, fields)
}

export interface FormFault {
  path: readonly PropertyKey[]
  code: string
  message: string
}

/** 50035 with its nested `errors`: a fault of `components[0].label` stands under `components`, `0`, `label`. */
export function badForm(faults: readonly FormFault[]): Refusal {
  const errors: Record<string, unknown> = {}
  for (const { code, message, path } of faults) {
    let at = errors
    for (const step of path) {
      const next = (at[String(step)] ?? {}) as Record<string, unknown>
      at[String(step)] = next
      at = next
    }
    at._errors = [...((at._errors ?? []) as object[]), { code, message }]
  }
  return refused('invalidForm', { errors })
}
