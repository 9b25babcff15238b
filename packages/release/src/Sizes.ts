/** What an import adds to a bundle. */
import * as Esbuild from "esbuild"
import { gzipSync } from "node:zlib"
import { type Line, root } from "./Packages.js"

export interface Bundle {
  /** Default: Effect 3. */
  readonly line?: Line
  /** Whether to count `effect` and `@effect/*`, which the user has already. Default `false`. */
  readonly withEffect?: boolean
}

/** A folder from which the packages of a line and their Effect can be imported. */
const folders: Readonly<Record<Line, string>> = {
  "effect-3": `${root}/packages/cli`,
  "effect-4": `${root}/packages/effect-4/derived/packages/bench`
}

/** The bytes that `code` adds to a bundle, after minification and gzip. Needs the build. */
export const bundleSize = async (
  code: string,
  { line = "effect-3", withEffect = false }: Bundle = {}
): Promise<number> => {
  const { outputFiles } = await Esbuild.build({
    stdin: { contents: code, resolveDir: folders[line], sourcefile: "entry.ts", loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    external: withEffect ? [] : ["effect", "@effect/*"]
  })
  return outputFiles.reduce((bytes, { contents }) => bytes + gzipSync(contents, { level: 9 }).length, 0)
}

/** The parts of the module by title, each as the code that imports it. */
export const parts = {
  "step 3 alone": 'export { AuthorizeService, BaanxClient } from "@effect-baanx/oauth"',
  "all of `@effect-baanx/oauth`": 'export * from "@effect-baanx/oauth"'
} as const

const fetchClient: Readonly<Record<Line, string>> = {
  "effect-3": "@effect/platform/FetchHttpClient",
  "effect-4": "effect/http/FetchHttpClient"
}

/** A program that makes one authorize call over fetch. */
export const wholeProgram = (line: Line): string => `
  import { AuthorizeService, BaanxClient } from "@effect-baanx/oauth"
  import * as FetchHttpClient from "${fetchClient[line]}"
  import * as Effect from "effect/Effect"

  export const run = (config, request) =>
    Effect.flatMap(AuthorizeService, ({ authorize }) => authorize(request)).pipe(
      Effect.provide(AuthorizeService.layer),
      Effect.provide(BaanxClient.layer(config)),
      Effect.provide(FetchHttpClient.layer),
      Effect.runPromise
    )
`
