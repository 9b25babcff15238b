import { afterAll, assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { docstrings, type Document, pages, root, typescript } from "./Markdown.js"

const folder = relative(root, mkdtempSync(join(root, "docs/examples/.fences-")))
afterAll(() => rmSync(join(root, folder), { recursive: true }))

const broken: Document = { path: "broken.md", text: "# One that does not\n\n```ts\nconst n: number = true\n```\n" }

/** Turns each fence into a module whose code keeps the line numbers of the document. */
const modules = [...pages, ...docstrings, broken].flatMap((document) =>
  typescript(document).map(({ line, text }) => ({
    title: `${document.path}:${line}`,
    document: document.path,
    path: `${folder}/${document.path.replaceAll("/", "_")}_${line}.ts`,
    text: "\n".repeat(line - 1) + text
  }))
)

for (const { path, text } of modules) writeFileSync(join(root, path), text)

const compilerOptions = {
  noEmit: true,
  composite: false,
  moduleDetection: "force",
  noUnusedLocals: false,
  noUnusedParameters: false,
  types: ["node"]
}
writeFileSync(
  join(root, folder, "tsconfig.json"),
  JSON.stringify({ extends: "../../../tsconfig.base.json", compilerOptions, include: ["*.ts"] })
)

const compile = new Promise<ReadonlyArray<string>>((resolve) => {
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  execFile(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: root }, (_, stdout, stderr) => {
    const documents = new Map(modules.map(({ document, path }) => [path, document]))
    const lines = (stdout + stderr).split("\n").filter((line) => line !== "")
    resolve(
      lines.map((line) => line.replace(/^([^(]+)\((\d+),\d+\): /, (_, at, n) => `${documents.get(at) ?? at}:${n} `))
    )
  })
})

describe("the code of the documentation", () => {
  it("compiles in every page and docstring, and an error is reported with its line", { timeout: 60_000 }, async () => {
    assert.deepStrictEqual(await compile, [
      "broken.md:4 error TS2322: Type 'boolean' is not assignable to type 'number'."
    ])
  })

  for (const { path, text, title } of modules) {
    if (/^it\.(?:effect|scoped)/m.test(text)) {
      describe(`runs: ${title}`, async () => {
        await import(join(root, path))
      })
    }
  }
})
