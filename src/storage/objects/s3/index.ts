export { checkS3 } from './check.ts'
export { checkLifecycle } from './check-lifecycle.ts'
export { createS3Client } from './client.ts'
export { createS3Objects } from './create.ts'
