/** The commands that install the packages in the documentation. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Line, packagesOf, root, run, tagOf } from "./Packages.js"

export interface InstallLine {
  /** Where it is, for the title of a test. */
  readonly at: string
  /** As a shell runs it: a line, or the lines of a fence that belong together. */
  readonly script: string
  /** The names of the packages that it installs. */
  readonly names: ReadonlyArray<string>
  /** The Effect of the project: 4, unless a package of ours is for Effect 3. */
  readonly line: Line
  /** Why npm would not install one Effect for all of them. */
  readonly faults: ReadonlyArray<string>
}

const installs = /^(?:npm (?:install|i|add)|pnpm (?:add|install|i)) (?!.*--global)\S/

/** Packages of Effect 3 that are part of `effect` itself in Effect 4. */
const onlyForEffect3 =
  /^@effect\/(?:ai|cli|cluster|experimental|platform|printer|printer-ansi|rpc|schema|sql|typeclass|workflow)$/

/** Packages whose newest version is for Effect 4, or may soon be. */
const forEitherLine = /^(?:effect|@effect\/.*|vitest)$/

interface Argument {
  readonly name: string
  readonly version: string | undefined
  /** The line that a package of ours is for; undefined for one that runs beside either. */
  readonly line: Line | undefined
}

const packageOf = (word: string): Argument => {
  const [, name = word, version] = /^(@?[^@]+)(?:@(.*))?$/.exec(word) ?? []
  const ours = /^@effect-baanx\/(.*)$/.exec(name)?.[1]
  if (ours === undefined || ours === "cli") return { name, version, line: undefined }
  return { name, version, line: (version ?? "latest") === tagOf(ours, "effect-3") ? "effect-3" : "effect-4" }
}

/** The arguments that name a package; a glob of tarballs stands for all packages of its line. */
const argumentsIn = (command: string): ReadonlyArray<Argument> =>
  command
    .replace(/\s#.*$/, "")
    .split(/\s+/)
    .slice(2)
    .filter((word) => !word.startsWith("-"))
    .flatMap((word) => {
      if (!word.endsWith("*.tgz")) return [packageOf(word)]
      const line = word.endsWith("/effect-4/*.tgz") ? "effect-4" : "effect-3"
      return packagesOf[line].map((name) => ({ name: `@effect-baanx/${name}`, version: undefined, line }))
    })

const faultIn = (line: Line, { line: own = line, name, version }: Argument): string | undefined => {
  if (own !== line) return `${name} is for another Effect`
  if (!forEitherLine.test(name)) return undefined
  if (line === "effect-3") return version === undefined ? `${name} needs a version` : undefined
  if (onlyForEffect3.test(name)) return `${name} is part of Effect 4`
  return name !== "vitest" && /^[\^~]?[0-3]\b/.test(version ?? "") ? `${name} is not for Effect 4` : undefined
}

const installLine = (at: string, script: string, packages: ReadonlyArray<Argument>): InstallLine => {
  const line = packages.some(({ line }) => line === "effect-3") ? "effect-3" : "effect-4"
  return {
    at,
    script,
    names: packages.map(({ name }) => name),
    line,
    faults: packages.flatMap((argument) => faultIn(line, argument) ?? [])
  }
}

/** The install command of a page, or nothing if it installs no package. */
export const installLineOf = (at: string, code: string): InstallLine | undefined => {
  // `npm run` is for a clone of the repository.
  const commands = code.split("\n").filter((line) => !/^(?:npm run|#|$)/.test(line))
  const packages = commands.filter((line) => installs.test(line)).flatMap(argumentsIn)
  return packages.length === 0 ? undefined : installLine(at, commands.join("\n"), packages)
}

/** What a shell could run: the fences for a shell, and each command in the text around them. */
const scriptsIn = (text: string): ReadonlyArray<string> => {
  const fences = [...text.matchAll(/^ *```(\w*).*\n([^]*?)^ *```$/gm)]
  const around = text.replaceAll(/^ *```[^]*?^ *```$/gm, "")
  return [
    ...fences.flatMap(([, language = "", code = ""]) => (/^(?:|sh|bash|shell|console)$/.test(language) ? [code] : [])),
    ...[...around.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = ""]) => code)
  ]
}

/** Every page of the repository. */
const pages = async (): Promise<ReadonlyArray<string>> =>
  (await run("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: root }))
    .split("\n")
    .filter((path) => path !== "" && !path.startsWith(".changeset/"))

const unique = (lines: ReadonlyArray<InstallLine>): ReadonlyArray<InstallLine> => [
  ...new Map(lines.map((line) => [line.script, line])).values()
]

export interface Documented {
  /** Commands that add packages to a project. */
  readonly installs: ReadonlyArray<InstallLine>
  /** Commands that run a package without installing it. */
  readonly runs: ReadonlyArray<InstallLine>
}

export const documented = async (): Promise<Documented> => {
  const all: { installs: Array<InstallLine>; runs: Array<InstallLine> } = { installs: [], runs: [] }
  for (const path of await pages()) {
    const text = readFileSync(join(root, path), "utf8")
    for (const code of scriptsIn(text)) {
      const line = installLineOf(path, code)
      if (line !== undefined) all.installs.push(line)
    }
    for (const [script, , name = ""] of text.matchAll(/(npx|pnpm dlx) (@effect-baanx\/\w+)(?: [a-z]+)?/g)) {
      all.runs.push(installLine(path, script, [packageOf(name)]))
    }
  }
  return { installs: unique(all.installs), runs: unique(all.runs) }
}
