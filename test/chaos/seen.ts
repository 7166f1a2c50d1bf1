/** What a run left behind, as the checks look at it: rows, what was opened of them, and what people saw. */
export interface Seen {
  /** What was accepted, with what must come of it. */
  briefs: readonly {
    jobId: string
    tenantId: string
    thread: string
    mark: string
    parts: number
    /** The file that each part was to write. */
    files: readonly { path: string; content: string }[]
  }[]
  jobs: readonly { id: string; tenantId: string; state: string; errorKind: string | null; eventSeq: number }[]
  tasks: readonly {
    id: string
    jobId: string
    kind: string
    state: string
    steps: number
    reserved: number
    cost: number
  }[]
  steps: readonly {
    id: string
    tenantId: string
    jobId: string
    taskId: string
    ordinal: number
    state: string
  }[]
  usage: readonly { subjectId: string; tenantId: string; jobId: string; taskId: string; cost: number }[]
  events: readonly { jobId: string; count: number; last: number }[]
  budgets: readonly {
    tenantId: string
    scope: string
    key: string
    cap: number
    reserved: number
    settled: number
  }[]
  deliveries: readonly { id: string; jobId: string; kind: string; state: string }[]
  /** How many answers of Loom each job's thread holds. */
  answers: readonly { jobId: string; count: number; text: string }[]
  artifacts: readonly { jobId: string; path: string; content: string; isWhole: boolean }[]
  /** Everything that each job's agents said and were told, in one text. */
  transcripts: readonly { jobId: string; text: string }[]
  ready: number
  due: number
  posts: readonly {
    nonce: string
    thread: string
    kind: string
    jobId: string
    text: string
    /** For a card: whether it shows the end. */
    isEnd: boolean
    /** How often it was posted under its nonce. */
    asked: number
  }[]
  /** What the model servers found wrong with the calls. */
  wrongCalls: readonly string[]
}
