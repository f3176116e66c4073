// `npm run test:aws`: tests that need Python and stand-ins of others. One file at a time, each with its own.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/aws/**/*.aws.ts'],
    globalSetup: join(import.meta.dirname, 'setup.ts'),
    fileParallelism: false,
    maxConcurrency: 30,
    // Templates are checked by cfn-lint here.
    env: { CDK_VALIDATION: 'false' },
    hookTimeout: 120_000,
    testTimeout: 60_000,
  },
});
