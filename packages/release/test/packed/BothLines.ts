import { assert, beforeAll, describe, it } from "@effect/vitest"
import { copyFile, readdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import process from "node:process"
import { check, runtime, type TypeCheck } from "../../src/Consumer.js"
import { packagesOf, pnpmVersion, root, run, tagOf, temporary } from "../../src/Packages.js"
import { type Packed, use } from "../../src/Registry.js"

const forEffect4 = "packages/effect-4/derived/packages/release/consumer/bothLines.ts"

const projects = [
  {
    line: "effect-4",
    node: "22",
    effect: "effect@latest",
    others: ["@effect/sql-pg"],
    types: [],
    program: forEffect4
  },
  // The lowest version of each.
  {
    line: "effect-4",
    node: "22.19.0",
    effect: "effect@4.0.6",
    others: ["@effect/sql-pg@4.0.5"],
    types: [],
    program: forEffect4
  },
  {
    line: "effect-3",
    node: "20",
    effect: "effect@3",
    others: ["platform@0.97", "sql@0.52", "sql-pg@0.53", "experimental@0.61"].map((name) => `@effect/${name}`),
    // The driver's own declarations need them.
    types: ["@types/pg"],
    program: "packages/release/consumer/bothLines.ts"
  }
] as const

/** Packages.full.test.ts tries the other combinations. */
const typeChecks: Readonly<Record<"npm" | "pnpm", ReadonlyArray<TypeCheck>>> = {
  npm: [
    { compiler: "5.9", resolution: "NodeNext", skipLibCheck: false },
    { compiler: "7", resolution: "Bundler", skipLibCheck: false }
  ],
  pnpm: [
    { compiler: "5.9", resolution: "Bundler", skipLibCheck: false },
    { compiler: "7", resolution: "NodeNext", skipLibCheck: false }
  ]
}

/** The folder of each installed copy of a package. */
const copies = async (project: string, name: string): Promise<ReadonlyArray<string>> =>
  (await readdir(join(project, "node_modules"), { recursive: true, withFileTypes: true }))
    .filter((file) => file.name === "package.json")
    .map(({ parentPath }) => parentPath)
    .filter((folder) => folder.endsWith(`/node_modules/${name}`))

/** Installs every package of a line in an empty project, as from npm, and uses them. */
export const bothLines = (packed: () => Packed): void => {
  for (const { effect, line, node, others, program, types } of projects) {
    describe(`an empty project with ${effect} and every package for it, on Node ${node}`, () => {
      const ours = packagesOf["effect-4"].map((name) => `@effect-baanx/${name}@${tagOf(name, line)}`)
      let binary = ""
      const shell = (command: string, cwd: string) =>
        run("sh", ["-ec", `${command} 2>&1`], {
          cwd,
          env: { ...process.env, PATH: `${dirname(binary)}:${process.env["PATH"]}`, npm_config_prefer_offline: "true" }
        })
      beforeAll(async () => {
        binary = await runtime("node", node)
      })

      for (const [manager, install, peers] of [
        ["npm", "npm install --no-audit --no-fund", "npm ls --all"],
        ["pnpm", "npx --yes PNPM add --ignore-scripts", "npx --yes PNPM peers check"]
      ] as const) {
        describe(`with ${manager}`, () => {
          let project = ""
          let printed = ""
          beforeAll(async () => {
            const pnpm = await pnpmVersion()
            project = await temporary(`${manager}-${line}`)
            await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
            await use(packed().registry, project)
            printed = await shell([install.replace("PNPM", pnpm), effect, ...others, ...ours].join(" "), project)
            await shell(peers.replace("PNPM", pnpm), project)
            await shell(
              [install.replace("PNPM", pnpm), `@types/node@${node.split(".")[0]}`, ...types].join(" "),
              project
            )
            await copyFile(join(root, program), join(project, "program.ts"))
          })

          it("installs them without a warning about any of them", () => {
            assert.deepStrictEqual(
              printed
                .split("\n")
                .filter((text) => text.includes("@effect-baanx/") && !/^\+ @effect-baanx\/\w+ \d/.test(text)),
              []
            )
          })

          it("has one copy of effect", async () => {
            assert.lengthOf(await copies(project, "effect"), 1)
            assert.lengthOf(await copies(project, "@effect-baanx/oauth"), 1)
          })

          for (const how of typeChecks[manager]) {
            it(`compiles under TypeScript ${how.compiler}, ${how.resolution}, with every declaration checked`, () =>
              check(project, `${how.compiler}.${how.resolution}`, how, { files: ["program.ts"] }))
          }

          it("gets the grant and each error from step 3, and starts a sign-in and the stores", async () => {
            const how = { compiler: "7", resolution: "NodeNext", skipLibCheck: true } as const
            await check(project, "program", how, { files: ["program.ts"] })
            const result: {
              readonly overNode: ReadonlyArray<readonly [string, string, number]>
              readonly overFetch: ReadonlyArray<readonly [string, string, number]>
            } = JSON.parse(await run(binary, ["program.js"], { cwd: project }))
            const { overFetch, overNode, ...rest } = result
            const sent = (wanted: string) => (/^(?:MissingToken|InvalidToken)Error$/.test(wanted) ? 0 : 1)
            for (const ends of [overNode, overFetch]) {
              assert.isAbove(ends.length, 10)
              assert.deepStrictEqual(
                ends,
                ends.map(([wanted]) => [wanted, wanted, sent(wanted)])
              )
            }
            assert.deepStrictEqual(rest, {
              contract: true,
              server: { signIn: 302, callback: 400, me: 401 },
              stores: "SqlError"
            })
          })
        })
      }
    })
  }
}
