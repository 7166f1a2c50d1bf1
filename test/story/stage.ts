import type { ModelPort } from '../../src/core/model.ts'
import type { Tool } from '../../src/core/workspace.ts'
import type { TestBed } from '../support/store.ts'

/** A message as its reader sees it, on whatever platform. */
export interface Seen {
  id: string
  text: string
  /** The words on its buttons; what cannot be pressed is none. */
  buttons: string[]
  files: { name: string; bytes: Buffer }[]
  links: string[]
  pings: string[]
  /** Addresses that the platform visits to show a preview. */
  previews: string[]
  edited: boolean
}

export interface StagedFile {
  name: string
  content: Buffer
}

/** Somebody in the workspace or server. */
export interface Actor {
  name: string
  /** Asks for a brief by the platform's front door, with what was shown before or beside it. */
  asks(text: string, files?: readonly StagedFile[]): Promise<StageThread>
  replies(thread: StageThread, text: string, files?: readonly StagedFile[]): Promise<void>
  /** Asks for more in a thread whose job has ended, as one does there. */
  goesOn(thread: StageThread, text: string, files?: readonly StagedFile[]): Promise<void>
  presses(thread: StageThread, message: Seen, label: string): Promise<void>
  /** Types a command where the brief was asked for. */
  commands(verb: string): Promise<void>
  /** What this person alone was shown, oldest first. */
  toldAlone(): string[]
}

export interface StageThread {
  /** What Loom wrote there, oldest first, as it reads now. */
  reads(): Seen[]
}

/** A platform on which the story is played: all of Loom's roles in this process, beside a workspace of two people. */
export interface Stage extends AsyncDisposable {
  publicUrl: string
  bed: TestBed
  /** What the page said after the install. */
  page: string
  /** Ana installed Loom; Ben is an ordinary member. */
  ana: Actor
  ben: Actor
  /** What Loom wrote outside of the threads of briefs, for everybody. */
  elsewhere(): Seen[]
  /** Resolves when the platform has delivered all that was said. */
  settled(): Promise<void>
  /** Calls that the platform did not take, and events that were not acknowledged in time. */
  mishaps(): unknown[]
}

export type OpenStage = (input: {
  model: ModelPort
  tools?: readonly Tool[]
  /** Whether the platform's own limits hold. */
  limits?: boolean
}) => Promise<Stage>
