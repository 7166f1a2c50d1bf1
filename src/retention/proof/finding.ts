/** One thing that the proof looked at: what the table says, what was found. Holds counts and ages, no id and no content. */
export interface ProofFinding {
  part: 'schema' | 'policies' | 'rows' | 'objects' | 'keys' | 'queue' | 'purge' | 'version' | 'requests'
  /** Which class: a table, a prefix, a lane. */
  name: string
  /** What the table asks for. */
  limit: string
  found: string
  breach: boolean
}

export interface ProofBody {
  /** The version of the published policy. */
  policy: number
  checkedAt: string
  ok: boolean
  findings: readonly ProofFinding[]
}

/** `90 d 4 h`, as ages stand in the proof. */
export function ageInWords(hours: number): string {
  const whole = Math.max(0, Math.floor(hours))
  return whole < 48 ? `${whole} h` : `${Math.floor(whole / 24)} d ${whole % 24} h`
}
