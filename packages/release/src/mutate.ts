/**
 * Runs Stryker on `packages/oauth`, group by group, each with the tests of its files: with all tests for each mutant it
 * would take hours. Fails if less than 85 % of all mutants are found, or less than a file's own threshold.
 */
import { spawnSync } from "node:child_process"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { folderOf } from "./Packages.js"

const oauth = folderOf("oauth")

const groups: ReadonlyArray<{ readonly files: ReadonlyArray<string>; readonly tests: ReadonlyArray<string> }> = [
  { files: ["RedirectUri"], tests: ["RedirectUri"] },
  {
    files: [
      "AuthorizeService",
      "State",
      "Pkce",
      "Credentials",
      "internal/constantTimeEquals",
      "internal/notMocked",
      "SecureRandom"
    ],
    tests: ["AuthorizeService", "State", "Pkce", "Credentials", "MockLayers"]
  },
  {
    files: [
      "BaanxError",
      ...["Baanx", "Callback", "Config", "Credential", "Http", "Login", "Proof", "Session"].map(
        (kind) => `error/${kind}Error`
      ),
      "error/Operation",
      "internal/only",
      "internal/taggedError"
    ],
    tests: ["BaanxError"]
  },
  {
    files: [
      "internal/readBody",
      "internal/discardResponse",
      "internal/refusal",
      "internal/withoutSecrets",
      "internal/wordReader",
      "internal/invalidGrant"
    ],
    tests: ["ReadBody", "Refusal", "TokenService", "LoginService"]
  },
  {
    files: ["internal/transportError", "internal/UserResponse", "testing/MockHttpClient"],
    tests: ["TransportError", "UserResponse", "MockLayers", "BaanxClient", "CallMetrics"]
  },
  {
    files: [
      "BaanxClient",
      "BaanxConfig",
      "ConfigFromEnvironment",
      "internal/endpoint",
      "internal/runtime",
      "internal/logCall",
      "internal/plainText"
    ],
    tests: [
      "BaanxClient",
      "BaanxConfig",
      "CallMetrics",
      "Observability",
      "InitiateService",
      "TokenService",
      "TransportError"
    ]
  },
  {
    files: ["InitiateService", "LoginService", "internal/loginWords"],
    tests: ["InitiateService", "LoginService", "SignInOtp", "MockLayers"]
  },
  {
    files: ["TokenService", "Baanx", "internal/refreshRefusal", "internal/revocation"],
    tests: ["TokenService", "SessionLife", "MockLayers"]
  },
  { files: ["internal/guard"], tests: ["BaanxClient", "adversarial/OtherHosts", "adversarial/ClimbingPaths"] },
  {
    files: ["AuthorizationFlow", "Callback", "PendingAuthorizations"],
    tests: ["AuthorizationFlow", "Callback", "ResumedSignIn", "SignInModel", "MemoryStores", "MockLayers"]
  },
  {
    files: ["TokenSession", "TokenStore", "internal/isRepeatable", "internal/turns"],
    tests: [
      "TokenSession",
      "SessionKey",
      "SessionHttpClient",
      "SessionReplicas",
      "FailedRefresh",
      "RefusedSignOut",
      "ReplacedTokens",
      "MemoryStores",
      "MockLayers"
    ]
  },
  { files: ["internal/tokenLife"], tests: ["RenewalTime", "SessionHttpClient", "SessionReplicas", "RefusedSignOut"] }
]

/** The files with a threshold of their own, in percent. */
const thresholds = {
  AuthorizeService: 95,
  Credentials: 95,
  Pkce: 95,
  RedirectUri: 95,
  State: 95,
  TokenSession: 85,
  TokenStore: 85
}

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: ReadonlyArray<{ readonly status: string }> }>>
}

const grouped = new Set(["index", ...groups.flatMap(({ files }) => files)].map((file) => `${file}.ts`))
for (const file of await readdir(join(oauth, "src"), { recursive: true })) {
  if (file.endsWith(".ts") && !grouped.has(file)) throw new Error(`${file} is in no group`)
}

const statuses = new Map<string, ReadonlyArray<string>>()
for (const { files, tests } of groups) {
  const [name = ""] = files
  const args = ["--mutate", files.map((file) => `src/${file}.ts`).join(",")]
  const { status } = spawnSync("npx", ["stryker", "run", ...args], {
    cwd: oauth,
    stdio: "inherit",
    env: { ...process.env, MUTATION_GROUP: name, MUTATION_TESTS: [...tests, "Modules"].join(",") }
  })
  if (status !== 0) throw new Error(`Stryker ended with ${status}`)
  const report: Report = JSON.parse(await readFile(join(oauth, `coverage/mutation/${name}.json`), "utf8"))
  for (const file of files) {
    const { mutants = [] } = report.files[`src/${file}.ts`] ?? {}
    statuses.set(
      file,
      mutants.map(({ status }) => status)
    )
  }
}

const check = (name: string, all: ReadonlyArray<string>, least: number): void => {
  const found = all.filter((status) => status === "Killed" || status === "Timeout").length
  const missed = all.filter((status) => status === "Survived" || status === "NoCoverage").length
  const percent = (100 * found) / (found + missed)
  process.stdout.write(`${name}: ${percent.toFixed(1)} % of ${found + missed} found (required: ${least} %)\n`)
  if (percent < least) process.exitCode = 1
}

check("All files", [...statuses.values()].flat(), 85)
for (const [file, percent] of Object.entries(thresholds)) check(file, statuses.get(file) ?? [], percent)
