export { checkAnthropic } from './check.ts'
export { createAnthropic } from './create.ts'
