/** Mutation testing of the code of the Lambda functions: `npm run mutate`. Takes a quarter of an hour, and is no part of CI. */
export default {
  mutate: ['src/runtime/**/*.ts', '!src/runtime/*.lambda.ts'],
  testRunner: 'jest',
  jest: {
    // The unit tests alone: those that start the engine or the simulation run in processes of their own, without the mutants.
    config: { testMatch: ['<rootDir>/test/runtime/**/*.test.ts'] },
  },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  reporters: ['clear-text', 'html', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false, allowEmojis: false },
  htmlReporter: { fileName: 'reports/mutation.html' },
  thresholds: { high: 95, low: 90, break: 90 },
  ignorePatterns: ['/assets', '/dist', '/lib', '/.venv', '/.m2', '/coverage', '/reports', '/test/local', '/test/integration', '/test/chaos'],
  tempDirName: '.stryker-tmp',
};
