export { createRehearsal, rehearsalModel } from './create.ts'
