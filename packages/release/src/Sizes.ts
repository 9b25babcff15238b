/** What an import adds to a bundle, without `effect` and `@effect/*`, which the user has already. */
import * as Esbuild from "esbuild"
import { gzipSync } from "node:zlib"
import { root } from "./Packages.js"

/** The bytes that `code` adds to a bundle, after minification and gzip. Needs the build. */
export const bundleSize = async (code: string): Promise<number> => {
  const { outputFiles } = await Esbuild.build({
    stdin: { contents: code, resolveDir: `${root}/packages/cli`, sourcefile: "entry.ts", loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    external: ["effect", "@effect/*"]
  })
  return outputFiles.reduce((bytes, { contents }) => bytes + gzipSync(contents, { level: 9 }).length, 0)
}
