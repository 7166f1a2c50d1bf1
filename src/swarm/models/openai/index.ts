export { createOpenAi } from './create.ts'
