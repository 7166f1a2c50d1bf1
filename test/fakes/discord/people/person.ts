import type { User } from '../world.ts'
import { commanding } from './commands.ts'
import type { Desk } from './desk.ts'
import { filling } from './forms.ts'
import { installing } from './install.ts'
import { pressing } from './press.ts'
import { speaking } from './speak.ts'

/** Somebody at Discord, and everything that they can do. */
export type Person = ReturnType<typeof person>

export function person(desk: Desk, who: User) {
  return {
    id: who.id,
    name: who.globalName ?? who.username,
    mention: `<@${who.id}>`,
    ...speaking(desk, who),
    ...commanding(desk, who),
    ...pressing(desk, who),
    ...filling(desk, who),
    ...installing(desk, who),
  }
}
