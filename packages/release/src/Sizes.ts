/** What an import adds to a bundle, with `effect` and `@effect/*` left out: they are the user's already. */
import * as Esbuild from "esbuild"
import { gzipSync } from "node:zlib"
import { root } from "./Packages.js"

export interface Size {
  readonly title: string
  readonly code: string
  /** Bytes after minification. */
  readonly minified: number
  /** Bytes after minification and gzip. */
  readonly gzipped: number
}

const imports: ReadonlyArray<readonly [title: string, code: string]> = [
  ["step 3 alone", 'export { AuthorizeService, BaanxClient } from "@effect-baanx/oauth"'],
  ["everything that signs users in", 'export { Baanx } from "@effect-baanx/oauth"'],
  ["all of `@effect-baanx/oauth`", 'export * from "@effect-baanx/oauth"'],
  ["all of `@effect-baanx/api`", 'export * from "@effect-baanx/api"'],
  ["all of `@effect-baanx/node`, without undici", 'export * from "@effect-baanx/node"'],
  ["all of `@effect-baanx/sql`, without jose", 'export * from "@effect-baanx/sql"']
]

const measure = async ([title, code]: (typeof imports)[number]): Promise<Size> => {
  const { outputFiles: [output] = [] } = await Esbuild.build({
    stdin: { contents: code, resolveDir: `${root}/packages/cli`, sourcefile: "entry.ts", loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    external: ["effect", "@effect/*", "undici", "jose", "node:*"]
  })
  const bytes = output?.contents ?? new Uint8Array()
  return { title, code, minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length }
}

/** Measures every import, from what the build made. */
export const sizes = (): Promise<ReadonlyArray<Size>> => Promise.all(imports.map(measure))

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`

/** The sizes as a page of the documentation. */
export const page = (sizes: ReadonlyArray<Size>): string =>
  [
    "# Sizes",
    "",
    "What an import adds to a bundle: minified by esbuild, then compressed by gzip, with `effect` and `@effect/*` left out. A",
    "test holds step 3 under 12 kB and all of `@effect-baanx/oauth` under 18 kB. `npm run sizes` measures again and writes",
    "this page.",
    "",
    "| what | minified | and gzip |",
    "| --- | --- | --- |",
    ...sizes.map(({ code, gzipped, minified, title }) => {
      return `| ${title}: \`${code}\` | ${kilobytes(minified)} | ${kilobytes(gzipped)} |`
    }),
    ""
  ].join("\n")
