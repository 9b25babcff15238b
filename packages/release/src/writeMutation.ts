/** Writes docs/mutation.md from what Stryker found; fails if a score is too low. */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { root } from "./Packages.js"

interface Mutant {
  readonly status: string
  readonly statusReason?: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: { readonly start: { readonly line: number } }
}

/** The files of which at least 95 % of the mutants have to be found; 85 % of all. */
const critical = ["State", "RedirectUri", "Pkce", "Credentials", "AuthorizeService"]

const report: { readonly files: Readonly<Record<string, { readonly mutants: ReadonlyArray<Mutant> }>> } = JSON.parse(
  await readFile(join(root, "packages/oauth/coverage/mutation/mutation.json"), "utf8")
)

const isFound = ({ status }: Mutant) => status === "Killed" || status === "Timeout"
const isMissed = ({ status }: Mutant) => status === "Survived" || status === "NoCoverage"

const score = (mutants: ReadonlyArray<Mutant>) => {
  const found = mutants.filter(isFound).length
  const all = found + mutants.filter(isMissed).length
  return { found, all, percent: all === 0 ? 100 : (100 * found) / all }
}

const files = Object.entries(report.files).map(([file, { mutants }]) => {
  const name = file.replace(/^src\//, "").replace(/\.ts$/, "")
  return { name, mutants, least: critical.includes(name) ? 95 : 0, ...score(mutants) }
})
const whole = { name: "all files", least: 85, ...score(files.flatMap(({ mutants }) => mutants)) }

const cell = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|")

const row = ({ all, found, name, percent }: typeof whole) =>
  `| ${name} | ${found} of ${all} | ${percent.toFixed(1)} % |`
const change = ({ location, mutatorName, replacement = "" }: Mutant, name: string) =>
  `${name}, line ${location.start.line} | ${mutatorName}: \`${cell(replacement)}\``

const survivors = files
  .filter(({ least }) => least > 0)
  .flatMap(({ mutants, name }) => mutants.filter(isMissed).map((mutant) => `| ${change(mutant, name)} |`))

/** What makes no difference that could be noticed, as a comment in the source says. */
const leftOut = files.flatMap(({ mutants, name }) =>
  mutants
    .filter(({ status }) => status === "Ignored")
    .map((mutant) => `| ${change(mutant, name)} | ${cell(mutant.statusReason ?? "")} |`)
)

const section = (title: string, head: ReadonlyArray<string>, rows: ReadonlyArray<string>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : [title, "", `| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...rows, ""]

await writeFile(
  join(root, "docs/mutation.md"),
  [
    "# Mutation score",
    "",
    "Stryker changes `packages/oauth/src` in one place at a time and runs the tests: a change that no test notices is a gap.",
    "At least 85 % of all have to be noticed, and 95 % in the files that a sign-in's safety hangs on:",
    `${critical.map((name) => `\`${name}\``).join(", ")}. \`npm run mutate\` measures again and writes this page.`,
    "",
    "| file | noticed | score |",
    "| --- | --- | --- |",
    row(whole),
    ...[...files].sort((left, right) => left.percent - right.percent).map(row),
    "",
    ...section("Not noticed, in those files:", ["where", "the change"], survivors),
    ...section("Left out, since it makes no difference:", ["where", "the change", "why"], leftOut)
  ].join("\n")
)

const low = [whole, ...files].filter(({ least, percent }) => percent < least)
for (const { least, name, percent } of low) process.stderr.write(`${name}: ${percent.toFixed(1)} %, below ${least} %\n`)
process.exitCode = low.length === 0 ? 0 : 1
