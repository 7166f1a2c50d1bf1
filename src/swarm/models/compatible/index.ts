export { checkCompatible } from './check.ts'
export { createCompatible } from './create.ts'
