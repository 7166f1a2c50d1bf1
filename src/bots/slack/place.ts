import type { Context } from '@slack/bolt'
import { LoomError } from '../../core/errors.ts'
import type { InstallationSettings } from '../../core/installation.ts'

/** Where a verified request came from: an installation of ours, found by Slack's word for team and enterprise. */
export interface SlackPlace {
  tenantId: string
  installationId: string
  settings: InstallationSettings
  scopes: readonly string[]
  /** What the installation stands for: its team, or the whole organisation. Goes into the keys of messages. */
  externalId: string
  botUserId: string
  appId: string
}

/** The place that `authorize` found, for listeners: `placeOf(context)`. */
export function placeOf(context: Context): SlackPlace {
  const place = (context as { place?: SlackPlace }).place
  if (place) return place
  throw new LoomError({ kind: 'forbidden', message: 'Loom is not installed here.', detail: 'no place' })
}
