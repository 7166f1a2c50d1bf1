/** What the button of a file says, by what it does next. */
export const starWords = { star: '☆ Keep', unstar: '★ Kept' } as const
