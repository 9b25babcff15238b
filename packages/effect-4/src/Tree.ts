/** Where the source for Effect 3 is, and the packages derived from it. */
import { root } from "@effect-baanx/release/Packages"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"

export { root }
export const here: string = join(root, "packages/effect-4")

/** The packages that exist on both lines, in the order of their dependencies. */
export const packages = ["api", "oauth", "node", "sql", "server"] as const

export type Package = (typeof packages)[number]

export const derivedFolder: string = join(here, "derived")

/** Files that are maintained by hand for Effect 4, by their paths below `packages`. */
export const seamsFolder: string = join(here, "seams")

/** The compiler options of the source, for analysis only. */
export const compilerOptions = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), (path) => readFileSync(path, "utf8"))
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  return { ...options, composite: false, noEmit: true, declaration: false, declarationMap: false, types: ["node"] }
}

export const programOf = (files: ReadonlyArray<string>): ts.Program => ts.createProgram([...files], compilerOptions())
