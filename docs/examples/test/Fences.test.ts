import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { docstrings, type Document, pages, root, typescript } from "./Markdown.js"

const here = "docs/examples/.fences"

/** Each fence is a module of its own, with its code on the line that it has in the document. */
const compile = async (documents: ReadonlyArray<Document>): Promise<ReadonlyArray<string>> => {
  const folder = join(root, here)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const paths = new Map<string, string>()
  for (const document of documents) {
    for (const { line, text } of typescript(document)) {
      const name = `${document.path.replaceAll("/", "_")}_${line}.ts`
      paths.set(`${here}/${name}`, document.path)
      writeFileSync(join(folder, name), "\n".repeat(line - 1) + text)
    }
  }
  const compilerOptions = {
    noEmit: true,
    composite: false,
    moduleDetection: "force",
    noUnusedLocals: false,
    noUnusedParameters: false,
    types: ["node"]
  }
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../../tsconfig.base.json", compilerOptions, include: ["*.ts"] })
  )
  const output = await new Promise<string>((resolve) => {
    const tsc = join(root, "node_modules/typescript/bin/tsc")
    execFile(process.execPath, [tsc, "-p", here, "--pretty", "false"], { cwd: root }, (_, stdout, stderr) =>
      resolve(stdout + stderr)
    )
  })
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^([^(]+)\((\d+),\d+\): /, (_, file, at) => `${paths.get(file) ?? file}:${at} `))
}

describe("the code of the documentation", () => {
  it(
    "compiles: every fence of a page and of a docstring, and an error is told with its line",
    { timeout: 60_000 },
    async () => {
      const broken: Document = {
        path: "broken.md",
        text: "# One that does not\n\n```ts\nconst n: number = true\n```\n"
      }
      assert.deepStrictEqual(await compile([...pages, ...docstrings, broken]), [
        "broken.md:4 error TS2322: Type 'boolean' is not assignable to type 'number'."
      ])
    }
  )
})
