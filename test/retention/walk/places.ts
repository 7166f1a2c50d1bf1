import type { Kind } from './expected.ts'

/** Which kinds of data may stand where, by table or other place. What is named nowhere may hold no canary at all. */
const kinds: Readonly<Record<string, readonly Kind[]>> = {
  messages: ['message'],
  artifacts: ['file'],
  objects: ['file', 'brief'],
  'objects:unfinished': ['unfinished'],
  audit_log: ['audit'],
  identities: ['subject'],
  threads: ['subject'],
  tenants: ['account'],
  members: ['account'],
  installations: ['account'],
  provider_keys: ['account'],
  schedules: ['account'],
  requests: ['request'],
  deliveries: ['brief', 'word'],
  ...Object.fromEntries(
    [
      'approvals',
      'attachments',
      'events',
      'feedback',
      'jobs',
      'questions',
      'steps',
      'tasks',
      'workspace_files',
    ].map((table) => [table, ['brief'] as const]),
  ),
}

export function kindsAt(place: string): readonly Kind[] {
  return kinds[place.split('.')[0] ?? ''] ?? []
}
