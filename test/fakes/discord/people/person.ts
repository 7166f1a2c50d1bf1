import type { User } from '../world.ts'
import type { Desk } from './desk.ts'
import { speaking } from './speak.ts'

/** Somebody at Discord, and everything that they can do. */
export type Person = ReturnType<typeof person>

export function person(desk: Desk, who: User) {
  return {
    id: who.id,
    name: who.globalName ?? who.username,
    mention: `<@${who.id}>`,
    ...speaking(desk, who),
  }
}
