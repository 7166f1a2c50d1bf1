/** Of the whole account, for its owners; or of what is one person's alone. */
export const exportForms = ['tenant', 'person'] as const
export type ExportForm = (typeof exportForms)[number]

export const exportStates = ['asked', 'made', 'failed'] as const
export type ExportState = (typeof exportStates)[number]
