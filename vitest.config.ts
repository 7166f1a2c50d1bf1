import { defineConfig } from 'vitest/config'
import { ClosingLine } from './test/support/closing-line.ts'

// Files share a process: nothing works at import time and nothing is a singleton, so a process each would only load everything again.
const shared = {
  environment: 'node',
  pool: 'forks',
  isolate: false,
  globalSetup: 'test/support/global-setup.ts',
} as const

export default defineConfig({
  test: {
    maxWorkers: 3,
    reporters: [['default', { summary: false }], new ClosingLine()],
    projects: [
      {
        test: {
          ...shared,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.long.test.ts', 'test/**/*.walk.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'long',
          include: ['test/**/*.long.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'walk',
          include: ['test/**/*.walk.test.ts'],
          testTimeout: 7_200_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
