/** How far a person wants Loom to go, and what is said of it at the end of the brief, which is what the planner reads. */
const efforts = {
  plain: {
    name: 'A plain answer',
    says: 'This is a plain question: one agent is enough, and a short answer.',
  },
  needed: { name: 'As much as it needs', says: undefined },
  thorough: {
    name: 'Thorough',
    says: 'Be thorough: look at it from every side that matters, with as many agents as that takes, and check what they find.',
  },
} as const

/** As a command offers them. */
export const effortChoices = Object.entries(efforts).map(([value, { name }]) => ({ name, value }))

/** A brief with the effort that was chosen for it, in words, since a plan is made from nothing but words. */
export function withEffort(text: string, effort: string | undefined): string {
  const says =
    effort !== undefined && Object.hasOwn(efforts, effort) && efforts[effort as keyof typeof efforts].says
  return says ? `${text}\n\n${says}` : text
}
