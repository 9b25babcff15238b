/** Besides the settings: the name that `packages/release/src/mutate.ts` gives to each group's reports. */
const reports = `coverage/mutation/${process.env.MUTATION_GROUP ?? "all"}`

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  plugins: ["@stryker-mutator/vitest-runner"],
  testRunner: "vitest",
  vitest: { configFile: "vitest.stryker.config.ts", related: false },
  mutate: ["src/**/*.ts"],
  // None needs rewriting: vitest needs none, and TypeScript 7 has no API for it.
  tsconfigFile: "none",
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 10_000,
  incremental: true,
  incrementalFile: `${reports}.incremental.json`,
  tempDirName: "coverage/mutation/tmp",
  reporters: ["clear-text", "progress", "html", "json"],
  htmlReporter: { fileName: `${reports}.html` },
  jsonReporter: { fileName: `${reports}.json` },
  clearTextReporter: { allowColor: false, logTests: false },
  thresholds: { high: 95, low: 85, break: null }
}
