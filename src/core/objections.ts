/** What a person, or an account as a whole, can object to: that it is kept or made at all. */
export const objectionSubjects = ['feedback', 'memory'] as const
export type ObjectionSubject = (typeof objectionSubjects)[number]

/** Who objected to one of them. */
export interface Objection {
  person: boolean
  account: boolean
}
export type Objections = Readonly<Record<ObjectionSubject, Objection>>
