/** Translates programs of other packages that run on both lines. */
import { existsSync } from "node:fs"
import { cp, mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { translate } from "./Translate.js"
import { derivedFolder, programOf, root, seamsFolder } from "./Tree.js"

const bench = ["Contender", "Lane", "Module", "NullTransport", "Sample", "contenders/nullValidated"].map(
  (name) => `packages/bench/src/${name}.ts`
)

/** A program as a user might write it, which `packages/release` compiles and runs in an empty project. */
const consumer = "packages/release/consumer/bothLines.ts"

/** Writes the programs to the same paths in the derived tree. Fails if a rule is missing. */
export const derivePrograms = async (): Promise<void> => {
  const files = [...bench, consumer]
  const program = programOf(files.map((file) => join(root, file)))
  for (const file of files) {
    const source = program.getSourceFile(join(root, file))
    if (source === undefined) throw new Error(`${file} does not exist`)
    const target = join(derivedFolder, file)
    await mkdir(dirname(target), { recursive: true })
    const seam = join(seamsFolder, file.replace(/^packages\//, ""))
    if (existsSync(seam)) await cp(seam, target)
    else await writeFile(target, translate(source, program.getTypeChecker(), { everywhere: [] }, file))
  }
}
