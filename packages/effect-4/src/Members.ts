/** The members of Effect's values that Effect 4 renamed, with the module whose types declare them in Effect 3. */

export interface Member {
  readonly of: RegExp
  readonly now: string
}

const of = (module: string): RegExp => new RegExp(`/dist/dts/${module}\\.d\\.ts$`)

export const members: Readonly<Record<string, ReadonlyArray<Member>>> = {
  annotations: [{ of: of("Schema"), now: "annotate" }],
  left: [{ of: of("Either"), now: "failure" }],
  right: [{ of: of("Either"), now: "success" }],
  scoped: [{ of: /\/@effect\/vitest\/dist\/dts\/index\.d\.ts$/, now: "effect" }],
  scopedLive: [{ of: /\/@effect\/vitest\/dist\/dts\/index\.d\.ts$/, now: "live" }],
  unsafePoll: [{ of: of("Fiber"), now: "pollUnsafe" }],
  unsafeCurrentTimeMillis: [{ of: of("Clock"), now: "currentTimeMillisUnsafe" }]
}

/** The options that Effect 4 renamed, whichever function takes them. */
export const options: Readonly<Record<string, string>> = {
  disableValidation: "disableChecks"
}
