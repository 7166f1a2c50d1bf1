import { defineConfig } from 'vitest/config'

const shared = { environment: 'node', pool: 'forks', testTimeout: 60_000, hookTimeout: 120_000 } as const

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.long.test.ts'],
          globalSetup: 'test/support/global-setup.ts',
        },
      },
      {
        test: {
          ...shared,
          name: 'long',
          include: ['test/**/*.long.test.ts'],
          testTimeout: 600_000,
          globalSetup: 'test/support/global-setup.ts',
        },
      },
    ],
  },
})
