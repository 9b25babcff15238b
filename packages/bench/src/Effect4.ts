/** The module on Effect 4, once `npm run build:effect-4` has built it. */
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Connect } from "./Contender.js"

const derived = new URL("../../effect-4/derived/", import.meta.url)

/** The binary of the Node that the packages for Effect 4 are tested on. */
export const node: string = fileURLToPath(new URL("node_modules/node/bin/node", derived))

/** The version of that Node, such as `v22.19.0`. */
export const nodeVersion = (): string => execFileSync(node, ["--version"], { encoding: "utf8" }).trim()

/** Imports a file of the bench that was translated to Effect 4 like the packages. */
export const moduleForEffect4 = (file: string): Promise<{ readonly connect: Connect }> =>
  import(new URL(`packages/bench/dist/${file}.js`, derived).href)
