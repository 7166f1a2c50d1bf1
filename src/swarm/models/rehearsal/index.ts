export { createRehearsal } from './create.ts'
