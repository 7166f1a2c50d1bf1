import type { App } from '@slack/bolt'
import { keepFor } from '../../../core/keep-for.ts'
import type { Standing } from '../../desk/desk.ts'
import { hearButtons } from './buttons.ts'
import { hearCommand } from './command.ts'
import type { HearDeps } from './deps.ts'
import { hearHome } from './home.ts'
import { hearReaction } from './reaction.ts'
import { hearSession } from './session.ts'
import { hearShortcut } from './shortcut.ts'
import { hearSubmissions } from './submissions.ts'

const standingMs = 5 * 60_000
const homeMs = 5_000

/** Everything that people press, type behind `/loom`, fill in or open: what the desk does of it, and the words back. */
export function registerDesk(app: App, deps: HearDeps): void {
  const hearing = { ...deps, keepStanding: keepFor<Standing>(standingMs), keepHome: keepFor<void>(homeMs) }
  hearCommand(app, hearing)
  hearButtons(app, hearing)
  hearShortcut(app, hearing)
  hearSubmissions(app, hearing)
  hearReaction(app, hearing)
  hearSession(app, hearing)
  hearHome(app, hearing)
}
