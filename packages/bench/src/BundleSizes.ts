/** What the module adds to a bundle, on Effect 3 and on Effect 4. */
import { bundleSize, parts, wholeProgram } from "@effect-baanx/release/Sizes"

/** Bytes after minification and gzip. */
export interface BundleSizes {
  readonly title: string
  readonly effect3: number
  readonly effect4: number
}

export const bundleSizes = async (): Promise<ReadonlyArray<BundleSizes>> => [
  ...(await Promise.all(
    Object.entries(parts).map(async ([title, code]) => ({
      title,
      effect3: await bundleSize(code),
      effect4: await bundleSize(code, { line: "effect-4" })
    }))
  )),
  {
    title: "step 3 over fetch, with Effect itself",
    effect3: await bundleSize(wholeProgram("effect-3"), { withEffect: true }),
    effect4: await bundleSize(wholeProgram("effect-4"), { line: "effect-4", withEffect: true })
  }
]
