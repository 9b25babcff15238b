/**
 * Measures the mutation score of `packages/oauth` and writes docs/mutation.md; fails if a score is too low.
 *
 * Group by group, each with the tests that are about it: all tests for each mutant would take hours. Names of groups as
 * arguments measure those alone again, and `report` none. What stands in a report of before and is as it was is not
 * measured twice.
 */
import { spawnSync } from "node:child_process"
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { folderOf, root, run } from "./Packages.js"

const groups: Readonly<
  Record<string, { readonly files: ReadonlyArray<string>; readonly tests: ReadonlyArray<string> }>
> = {
  redirect: { files: ["RedirectUri"], tests: ["RedirectUri"] },
  authorize: {
    files: ["AuthorizeService", "State", "Pkce", "Credentials", "internal/constantTimeEquals", "SecureRandom"],
    tests: ["AuthorizeService", "State", "Pkce", "Credentials", "MockLayers"]
  },
  answers: {
    files: [
      "BaanxError",
      "internal/answerBody",
      "internal/refusal",
      "internal/withoutSecrets",
      "internal/invalidGrant"
    ],
    tests: ["BaanxError", "AnswerBody", "Refusal"]
  },
  transport: {
    files: ["internal/transportError", "internal/UserResponse", "testing/MockHttpClient"],
    tests: ["TransportError", "UserResponse", "MockLayers", "BaanxClient", "CallMetrics"]
  },
  client: {
    files: ["BaanxClient", "BaanxConfig", "internal/recorded", "internal/logged", "internal/timed"],
    tests: ["BaanxClient", "BaanxConfig", "CallMetrics", "Observability", "InitiateService", "TokenService"]
  },
  steps: {
    files: ["InitiateService", "LoginService", "TokenService", "Baanx"],
    tests: ["InitiateService", "LoginService", "SignInOtp", "TokenService", "MockLayers"]
  },
  flow: {
    files: ["AuthorizationFlow", "PendingAuthorizations"],
    tests: ["AuthorizationFlow", "MockLayers"]
  },
  session: { files: ["TokenSession", "TokenStore"], tests: ["TokenSession", "MockLayers"] }
}

interface Mutant {
  readonly status: string
  readonly statusReason?: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: { readonly start: { readonly line: number } }
}

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: ReadonlyArray<Mutant> }>>
}

/** The files of which at least 95 % of the mutants have to be found; 85 % of all. */
const critical = ["State", "RedirectUri", "Pkce", "Credentials", "AuthorizeService"]

const listed = new Set(Object.values(groups).flatMap(({ files }) => files.map((file) => `${file}.ts`)))
for (const file of await readdir(join(folderOf("oauth"), "src"), { recursive: true })) {
  if (file.endsWith(".ts") && file !== "index.ts" && !listed.has(file)) throw new Error(`${file} is in no group`)
}

const reports = join(folderOf("oauth"), "coverage/mutation")
const reportOf = (group: string) => join(reports, `${group}.json`)

const asked = process.argv.slice(2)
for (const group of asked)
  if (group !== "report" && !Object.hasOwn(groups, group)) throw new Error(`there is no group ${group}`)
await mkdir(reports, { recursive: true })

for (const [group, { files, tests }] of Object.entries(groups)) {
  if (asked.length > 0 && !asked.includes(group)) continue
  process.stdout.write(`\n${group}: ${files.join(", ")}\n`)
  const { status } = spawnSync(
    "npx",
    [
      "stryker",
      "run",
      "--mutate",
      files.map((file) => `src/${file}.ts`).join(","),
      "--incrementalFile",
      `coverage/mutation/${group}.incremental.json`
    ],
    {
      cwd: folderOf("oauth"),
      stdio: "inherit",
      env: { ...process.env, MUTATION_TESTS: [...tests, "Modules"].join(",") }
    }
  )
  if (status !== 0) throw new Error(`Stryker ended with ${status}`)
  await copyFile(join(reports, "mutation.json"), reportOf(group))
}

const measured = await Promise.all(
  Object.entries(groups).map(async ([group, { files }]) => {
    const report: Report = JSON.parse(await readFile(reportOf(group), "utf8"))
    return files.map((name) => ({ name, mutants: report.files[`src/${name}.ts`]?.mutants ?? [] }))
  })
)

const isFound = ({ status }: Mutant) => status === "Killed" || status === "Timeout"
const isMissed = ({ status }: Mutant) => status === "Survived" || status === "NoCoverage"

const score = (mutants: ReadonlyArray<Mutant>) => {
  const found = mutants.filter(isFound).length
  const all = found + mutants.filter(isMissed).length
  return { found, all, percent: all === 0 ? 100 : (100 * found) / all }
}

const files = measured
  .flat()
  .map(({ mutants, name }) => ({ name, mutants, least: critical.includes(name) ? 95 : 0, ...score(mutants) }))
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
    "Stryker changes `packages/oauth/src` in one place at a time and runs the tests that are about the file: a change that none",
    "of them notices is a gap. (More tests than those, the attacks for one, would notice more.)",
    "",
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
await run("npx", ["oxfmt", "docs/mutation.md"], { cwd: root })

const low = [whole, ...files].filter(({ least, percent }) => percent < least)
for (const { least, name, percent } of low) process.stderr.write(`${name}: ${percent.toFixed(1)} %, below ${least} %\n`)
process.exitCode = low.length === 0 ? 0 : 1
