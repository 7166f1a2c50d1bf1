export { checkOpenAi } from './check.ts'
export { createOpenAi } from './create.ts'
