/** Translates the examples of the documentation to Effect 4. */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import ts from "typescript"
import { type Example, examplesOfPage, examplesOfSource, type OnEffect4, withBoth } from "./Examples.js"
import { compilerOptions, derivedFolder, packages, root } from "./Tree.js"
import { translate } from "./Translate.js"

const execute = promisify(execFile)

/** Whether a page is for both lines. The sandbox, the command and the decisions are only about Effect 3. */
const isForBoth = (path: string): boolean =>
  /^(?:README|docs\/(?:guides\/)?[\w-]+|packages\/(?:\w+)\/README)\.md$/.test(path) &&
  !/^packages\/(?!(?:api|oauth|node|sql|server)\/)/.test(path)

const tracked = async (...patterns: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", ...patterns]
  return (await execute("git", args, { cwd: root })).stdout.split("\n").filter((path) => path !== "")
}

const textOf = (path: string): string => readFileSync(join(root, path), "utf8")

const pages = async (): Promise<ReadonlyArray<string>> => (await tracked("*.md")).filter(isForBoth)

const sources = (): Promise<ReadonlyArray<string>> => tracked(...packages.map((name) => `packages/${name}/src/**.ts`))

/** Compiles the examples as if they were files, without writing them. */
const programOf = (files: ReadonlyMap<string, string>): ts.Program => {
  const options = { ...compilerOptions(), moduleDetection: ts.ModuleDetectionKind.Force }
  const host = ts.createCompilerHost(options)
  return ts.createProgram({
    rootNames: [...files.keys()],
    options,
    host: {
      ...host,
      fileExists: (path) => files.has(path) || host.fileExists(path),
      readFile: (path) => files.get(path) ?? host.readFile(path),
      getSourceFile: (path, version, ...rest) => {
        const text = files.get(path)
        return text === undefined
          ? host.getSourceFile(path, version, ...rest)
          : ts.createSourceFile(path, text, version, true)
      }
    }
  })
}

/** Formats code as the repository does. */
const format = async (texts: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const folder = await mkdtemp(join(tmpdir(), "effect-baanx-examples-"))
  try {
    await Promise.all(texts.map((text, index) => writeFile(join(folder, `${index}.ts`), text)))
    const formatter = join(root, "node_modules/.bin/oxfmt")
    await execute(formatter, ["--config", join(root, ".oxfmtrc.json"), "."], { cwd: folder })
    return await Promise.all(texts.map((_, index) => readFile(join(folder, `${index}.ts`), "utf8")))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A path where an example would compile. */
const pathOf = (index: number): string => join(root, `docs/examples/example-${index}.ts`)

const onEffect4 = async (examples: ReadonlyArray<Example>): Promise<OnEffect4> => {
  const byRule = examples.filter(({ byHand }) => byHand === undefined)
  const program = programOf(new Map(byRule.map(({ code }, index) => [pathOf(index), code])))
  const checker = program.getTypeChecker()
  const problems: Array<string> = []
  const translated = byRule.map(({ at }, index) => {
    try {
      const source = program.getSourceFile(pathOf(index))
      return source === undefined ? "" : translate(source, checker, { everywhere: [], documentation: true }, at)
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
      return ""
    }
  })
  if (problems.length > 0) throw new Error(problems.join("\n"))
  const formatted = await format(translated)
  const known = new Map([
    ...byRule.map(({ code }, index) => [code, formatted[index] ?? ""] as const),
    ...examples.flatMap(({ byHand, code }) => (byHand === undefined ? [] : [[code, byHand] as const]))
  ])
  return (code) => {
    const found = known.get(code)
    if (found === undefined) throw new Error(`An example is not among those of the documentation:\n${code}`)
    return found
  }
}

/** Where to write an example: in a test file if it is a test that needs no server. */
const fileOf = (at: string, code: string): string => {
  const name = at.replaceAll(/[/:]/g, "_")
  return /^it\.(?:effect|scoped)/m.test(code) ? `test/${name}.test.ts` : `src/${name}.ts`
}

/** Writes the examples into the derived tree, where they are compiled, and run if they are tests. */
export const deriveExamples = async (): Promise<OnEffect4> => {
  const ofPages = await pages()
  const examples = [
    ...ofPages.flatMap((path) => examplesOfPage(path, textOf(path))),
    ...(await sources()).flatMap((path) => examplesOfSource(path, textOf(path)))
  ]
  const on4 = await onEffect4(examples)
  const folder = join(derivedFolder, "packages/documentation")
  for (const part of ["src", "test"]) await rm(join(folder, part), { recursive: true, force: true })
  for (const { at, code } of examples) {
    const text = on4(code)
    const file = join(folder, fileOf(at, text))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  const stale = ofPages.filter((path) => withBoth(textOf(path), on4) !== textOf(path))
  if (stale.length > 0) throw new Error(`Run npm run docs:effect-4: stale examples for Effect 4 in ${stale.join(", ")}`)
  return on4
}

/** Writes the examples for Effect 4 into each page. */
export const writeExamples = async (): Promise<void> => {
  const ofPages = await pages()
  const on4 = await onEffect4(ofPages.flatMap((path) => examplesOfPage(path, textOf(path))))
  for (const path of ofPages) await writeFile(join(root, path), withBoth(textOf(path), on4))
}
