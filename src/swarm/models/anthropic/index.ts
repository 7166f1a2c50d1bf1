export { createAnthropic } from './create.ts'
