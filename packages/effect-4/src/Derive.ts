/** Derives the packages for Effect 4 from those for Effect 3. */
import { existsSync } from "node:fs"
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import ts from "typescript"
import { deriveExamples } from "./Documentation.js"
import { pageForEffect4, sourceForEffect4 } from "./Examples.js"
import { patch } from "./Patches.js"
import type { Extra } from "./Rule.js"
import { derivedFolder, here, type Package, packages, programOf, root, seamsFolder } from "./Tree.js"
import { translate } from "./Translate.js"

const files = async (folder: string): Promise<ReadonlyArray<string>> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))

/** The errors of `HttpApi.addError`, which Effect 4 needs on each endpoint. */
const everywhereOf = (sources: ReadonlyArray<ts.SourceFile>): Extra["everywhere"] =>
  sources.flatMap((source) => {
    const from = new Map(
      source.statements.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
        const bindings = importClause?.namedBindings
        if (bindings === undefined || !ts.isNamedImports(bindings) || !ts.isStringLiteral(moduleSpecifier)) return []
        return bindings.elements.map(({ name }) => [name.text, moduleSpecifier.text] as const)
      })
    )
    const found: Array<{ readonly name: string; readonly from: string }> = []
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit)
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return
      if (node.expression.name.text !== "addError" || !/^HttpApi\.make\b/.test(node.expression.getText(source))) return
      for (const argument of node.arguments) {
        const name = argument.getText(source)
        found.push({ name, from: from.get(name) ?? "" })
      }
    }
    visit(source)
    return found
  })

/** Writes the whole tree again. Fails if a rule is missing. */
export const derive = async (only: ReadonlyArray<Package> = packages, parts = ["src", "test"]): Promise<void> => {
  const sources = (
    await Promise.all(only.flatMap((name) => parts.map((part) => files(join(root, "packages", name, part)))))
  )
    .flat()
    .filter((file) => file.endsWith(".ts"))
  const program = programOf(sources)
  const checker = program.getTypeChecker()
  const problems: Array<string> = []
  const report = (error: unknown): void => {
    problems.push(error instanceof Error ? error.message : String(error))
  }
  const on4 = await deriveExamples().catch((error: unknown) => {
    report(error)
    return (code: string) => code
  })
  for (const name of only) {
    const folder = join(root, "packages", name)
    const to = join(derivedFolder, "packages", name)
    const seams = join(seamsFolder, name)
    const own = sources.filter((file) => file.startsWith(`${folder}/`))
    const inSrc = own
      .filter((file) => file.startsWith(`${folder}/src/`))
      .flatMap((file) => program.getSourceFile(file) ?? [])
    const everywhere = everywhereOf(inSrc)
    for (const part of parts) await rm(join(to, part), { recursive: true, force: true })
    for (const file of own) {
      const target = join(to, relative(folder, file))
      await mkdir(dirname(target), { recursive: true })
      const seam = join(seams, relative(folder, file))
      const source = program.getSourceFile(file)
      if (existsSync(seam)) await cp(seam, target)
      else if (source !== undefined) {
        try {
          const path = relative(root, file)
          await writeFile(target, sourceForEffect4(patch(path, translate(source, checker, { everywhere }, path)), on4))
        } catch (error) {
          report(error)
        }
      }
    }
    for (const seam of await files(seams)) {
      const target = join(to, relative(seams, seam))
      if (parts.some((part) => target.startsWith(`${join(to, part)}/`)) && !existsSync(target)) {
        await mkdir(dirname(target), { recursive: true })
        await cp(seam, target)
      }
    }
    await writeFile(join(to, "package.json"), manifestOf(await readFile(join(folder, "package.json"), "utf8")))
    await cp(join(folder, "LICENSE"), join(to, "LICENSE"))
    await writeFile(join(to, "README.md"), pageForEffect4(await readFile(join(folder, "README.md"), "utf8"), on4))
    await cp(join(folder, "tsconfig.json"), join(to, "tsconfig.json"))
    if (parts.includes("test")) await writeFile(join(to, "test/tsconfig.json"), compilerOfTests)
  }
  // A rule may remove the last use of a name. Names that are unused in the source are reported there.
  const compiler = await readFile(join(root, "tsconfig.base.json"), "utf8")
  await writeFile(
    join(derivedFolder, "tsconfig.base.json"),
    compiler.replaceAll(/"noUnused(Locals|Parameters)": true/g, '"noUnused$1": false')
  )
  await cp(join(here, "workspace"), derivedFolder, { recursive: true })
  // A test runs the SQL of the guides.
  await cp(join(root, "docs/guides"), join(derivedFolder, "docs/guides"), { recursive: true })
  if (problems.length > 0) throw new Error(problems.join("\n"))
}

/** Type-checks the tests against the sources of the packages, and emits nothing. */
const compilerOfTests = `${JSON.stringify({
  extends: "../../../tsconfig.base.json",
  compilerOptions: {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    types: ["node"]
  },
  include: ["."]
})}\n`

/** The packages that only tests need. */
const ofTests = {
  "@effect-baanx/testing": "workspace:^",
  "@effect/opentelemetry": "catalog:",
  "@effect/platform-node": "catalog:",
  "@effect/sql-pg": "catalog:",
  "@opentelemetry/sdk-trace-node": "^2.0.0",
  "@opentelemetry/sdk-trace-web": "^2.0.0",
  "@opentelemetry/sdk-logs": "*",
  "@opentelemetry/api-logs": "*",
  "fast-check": "^3.23.2",
  undici: "catalog:"
}

/** The manifest for Effect 4: the next major version, with `effect` as the only peer. */
const manifestOf = (text: string): string => {
  const manifest: { [name: string]: unknown } = JSON.parse(text)
  const development = Object.entries(Object(manifest["devDependencies"])).filter(
    ([name]) => !/^(?:@effect|@stryker-mutator)\//.test(name)
  )
  // This line is published as `latest`.
  const { tag: _, ...publishConfig } = Object(manifest["publishConfig"])
  const [major, ...rest] = String(manifest["version"]).split(".")
  if (Number(major) > 1) throw new Error("2.x is for Effect 4: the packages for Effect 3 have to stay at 1.x")
  return `${JSON.stringify(
    {
      ...manifest,
      publishConfig,
      version: ["2", ...rest].join("."),
      devDependencies: { ...Object.fromEntries(development), ...ofTests },
      peerDependencies: { effect: "catalog:peers" },
      engines: { node: ">=22.19" }
    },
    undefined,
    2
  )}\n`
}
