/** The commands that install the packages in the documentation. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { packages, root, run } from "./Packages.js"

export interface InstallLine {
  /** Where it is, for the title of a test. */
  readonly at: string
  /** As a shell runs it: a line, or the lines of a fence that belong together. */
  readonly script: string
  /** The names that it installs. */
  readonly names: ReadonlyArray<string>
}

const installs = /^(?:npm (?:install|i|add)|pnpm (?:add|install|i)) (?!.*--global)\S/

/** The arguments that name a package; a glob of tarballs stands for all of ours. */
const namesIn = (line: string): ReadonlyArray<string> =>
  line
    .replace(/\s#.*$/, "")
    .split(/\s+/)
    .slice(2)
    .filter((word) => !word.startsWith("-"))
    .flatMap((word) =>
      word.endsWith("*.tgz") ? packages.map((name) => `@effect-baanx/${name}`) : word.replace(/^(@?[^@]+)@.*$/, "$1")
    )

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
  /** Those that add packages to a project. */
  readonly installs: ReadonlyArray<InstallLine>
  /** Those that run a package without installing it. */
  readonly runs: ReadonlyArray<InstallLine>
}

export const documented = async (): Promise<Documented> => {
  const all: { installs: Array<InstallLine>; runs: Array<InstallLine> } = { installs: [], runs: [] }
  for (const path of await pages()) {
    const text = readFileSync(join(root, path), "utf8")
    for (const code of scriptsIn(text)) {
      // `npm run` is for a clone of the repository.
      const lines = code.split("\n").filter((line) => !/^(?:npm run|#|$)/.test(line))
      const names = lines.filter((line) => installs.test(line)).flatMap(namesIn)
      if (names.length > 0) all.installs.push({ at: path, script: lines.join("\n"), names })
    }
    for (const [script, , name = ""] of text.matchAll(/(npx|pnpm dlx) (@effect-baanx\/\w+)(?: [a-z]+)?/g)) {
      all.runs.push({ at: path, script, names: [name] })
    }
  }
  return { installs: unique(all.installs), runs: unique(all.runs) }
}
