import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { checkSources, compile, floor, install, type Manager, runtime, type TypeCheck } from "../src/Consumer.js"
import { cleanUp, libraries, lines, packagesOf, root, run, tagOf, tarballOf, temporary } from "../src/Packages.js"
import { type Registry, serve } from "../src/Registry.js"
import { bothLines } from "./packed/BothLines.js"
import { installLines } from "./packed/InstallLines.js"
import { publishing } from "./packed/Publish.js"
import { runtimesTable } from "./packed/Runtimes.js"

const managers: ReadonlyArray<Manager> = ["npm", "pnpm", "bun"]

const typeChecks: ReadonlyArray<TypeCheck> = (["5.9", "7"] as const).flatMap((compiler) =>
  (["NodeNext", "Bundler"] as const).flatMap((resolution) =>
    [true, false].map((skipLibCheck) => ({ compiler, resolution, skipLibCheck }))
  )
)

const runtimes: ReadonlyArray<readonly ["node" | "bun", string]> = [
  ["node", "20"],
  ["node", "22"],
  ["node", "24"],
  ["bun", "1"]
]

const repository = "https://github.com/effect-baanx/effect-baanx"

let folder = ""
let registry: Registry
const packed = () => ({ folder, registry })
afterAll(async () => {
  registry?.close()
  await cleanUp()
})
beforeAll(async () => {
  folder = join(await temporary("packed"), "baanx-tarballs")
  await run("npm", ["run", "pack", "--", folder], { cwd: root })
  registry = await serve(folder)
})

bothLines(packed)
installLines(packed)
publishing(packed)
runtimesTable(packed)

describe("the tarballs", () => {
  for (const [line, name] of lines.flatMap((line) => packagesOf[line].map((name) => [line, name] as const))) {
    describe(`${name} for ${line}`, () => {
      const read = async () => {
        const bytes = await readFile(tarballOf(folder, name, line))
        const tarball = createPackageFromTarballData(bytes)
        const at = (path: string) => `/node_modules/@effect-baanx/${name}/${path}`
        const files = tarball.listFiles().map((file) => file.slice(at("").length))
        const manifest: Record<string, unknown> = JSON.parse(tarball.readFile(at("package.json")))
        return { bytes, tarball, files, manifest, text: (path: string) => tarball.readFile(at(path)) }
      }

      it("pass publint", async () => {
        const { bytes, manifest } = await read()
        const { messages } = await publint({
          strict: true,
          pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) }
        })
        assert.deepStrictEqual(
          messages.map((message) => formatMessage(message, manifest)),
          []
        )
      })

      // A command has nothing to import.
      if (libraries.includes(name)) {
        it("have types for each module in every module resolution", async () => {
          const { files, tarball } = await read()
          const modules = files
            .filter((file) => /^dist\/(?!internal\/).*\.js$/.test(file))
            .map((file) => file.replace(/^dist/, ".").replace(/\.js$/, ""))
          assert.isAbove(modules.length, 1)
          const result = await checkPackage(tarball, { entrypoints: [".", ...modules] })
          // Node 10 does not know `exports`, and CommonJS code needs Node 20.19 or `import()` for an ES module.
          const problems = result.types === false ? ["no types"] : result.problems
          assert.deepStrictEqual(
            problems.filter(
              (problem) =>
                typeof problem === "string" ||
                !("resolutionKind" in problem) ||
                !["node10", "node16-cjs"].includes(problem.resolutionKind)
            ),
            []
          )
        })
      }

      it("contain what a user needs and nothing else", async () => {
        const { files, text } = await read()
        const common = ["LICENSE", "README.md", "package.json"]
        if (name === "cli") {
          const bundle = ["bin.js", "Cli.js", "NOTICES.txt", "sandbox.js", "SandboxFlags.js"]
          return assert.sameMembers(files, [...common, ...bundle.map((file) => `bundle/${file}`)])
        }
        assert.includeMembers(files, [...common, "dist/index.js"])
        if (name === "sandbox") assert.includeMembers(files, ["inspector/inspector.css", "inspector/inspector.js"])
        for (const file of files) {
          assert.match(
            file,
            /^(?:LICENSE|README\.md|package\.json|src\/.*\.ts|dist\/.*\.(?:js|d\.ts)(?:\.map)?|inspector\/.*\.(?:css|js))$/
          )
          const [, module] = /^dist\/(.*?)\.(?:js|d\.ts)/.exec(file) ?? []
          if (module !== undefined) assert.include(files, `src/${module}.ts`, file)
          if (file.endsWith(".map")) {
            const map: { readonly sources: ReadonlyArray<string> } = JSON.parse(text(file))
            for (const source of map.sources) assert.include(files, join("dist", file.slice(5), "..", source))
          }
        }
      })

      if (name === "cli") {
        it("need no other package, and contain the licences of everything that is bundled", async () => {
          const { manifest, text } = await read()
          assert.isUndefined(manifest["dependencies"])
          assert.deepStrictEqual(Object.keys(Object(manifest["peerDependencies"])), ["@libsql/client"])
          assert.deepStrictEqual(manifest["peerDependenciesMeta"], { "@libsql/client": { optional: true } })
          assert.include(text("bundle/sandbox.js"), "_sandbox")
          const notices = text("bundle/NOTICES.txt").split(/^-{80}$/m)
          for (const bundled of ["effect", "@effect/platform", "@effect/cli", "undici", "mime", "pg"]) {
            const notice = notices.find((notice) => notice.trimStart().startsWith(`${bundled} `))
            assert.match(notice ?? "", /\(MIT\)[^]*Copyright/, bundled)
          }
        })
      }

      it("name their repository, and depend on nothing from the workspace", async () => {
        const { manifest } = await read()
        assert.deepInclude(manifest, {
          name: `@effect-baanx/${name}`,
          license: "MIT",
          type: "module",
          engines: { node: line === "effect-4" ? ">=22.19" : ">=20.18" },
          bugs: `${repository}/issues`,
          homepage: `${repository}/tree/main/packages/${name}#readme`,
          repository: { type: "git", url: `git+${repository}.git`, directory: `packages/${name}` },
          publishConfig: {
            access: "public",
            provenance: true,
            ...(tagOf(name, line) === "latest" ? {} : { tag: "effect-3" })
          }
        })
        if (line === "effect-4") assert.deepStrictEqual(manifest["peerDependencies"], { effect: "^4.0.6" })
        assert.isNotEmpty(manifest["keywords"])
        assert.isNotEmpty(manifest["description"])
        assert.notMatch(JSON.stringify({ ...manifest, scripts: {} }), /workspace:|catalog:|effect-baanx\/source/)
      })

      it("import only their dependencies", async () => {
        const { files, manifest, text } = await read()
        const declared = ["dependencies", "peerDependencies"].flatMap((kind) => Object.keys(Object(manifest[kind])))
        for (const file of files.filter((file) => /^dist\/.*\.(?:js|d\.ts)$/.test(file))) {
          const code = text(file).replaceAll(/\/\*.*?\*\//gs, "")
          for (const [, from = ""] of code.matchAll(/(?:from|import\()\s*["']([^."'][^"']*)["']/g)) {
            if (from.startsWith("node:")) continue
            const dependency = from
              .split("/")
              .slice(0, from.startsWith("@") ? 2 : 1)
              .join("/")
            assert.include([`@effect-baanx/${name}`, ...declared], dependency, file)
          }
        }
      })
    })
  }
})

const outcome = {
  code: "the-code",
  inProcess: 200,
  overSocket: 200,
  contract: true,
  server: { paths: ["/sign-in", "/callback", "/sign-out", "/me"], layer: true },
  stores: true
}

describe("a project with the lowest version of each peer", () => {
  let project = ""
  beforeAll(async () => {
    project = await install({ registry, manager: "npm", ...floor(registry) })
  })

  it("includes every library", () => {
    assert.include(floor(registry).packages, "oauth")
    for (const name of ["effect", "@effect/platform"])
      assert.match(floor(registry).peers[name] ?? "", /^\d+\.\d+\.\d+$/)
  })

  it("compiles the sources of the packages", () => checkSources(project))

  it("compiles with every declaration checked", () =>
    compile(project, { compiler: "7", resolution: "NodeNext", skipLibCheck: false }))

  it("runs", async () => {
    await compile(project, { compiler: "7", resolution: "NodeNext", skipLibCheck: true })
    assert.deepStrictEqual(JSON.parse(await run("node", ["program.js"], { cwd: project })), outcome)
  })
})

describe("a project that installs the tarballs", () => {
  const binaries: Array<readonly [title: string, path: string]> = [[`this Node, ${process.version}`, process.execPath]]
  const bun = () => binaries.find(([title]) => title.startsWith("bun"))?.[1]

  beforeAll(async () => {
    for (const [name, version] of runtimes) binaries.push([`${name} ${version}`, await runtime(name, version)])
  })

  for (const manager of managers) {
    describe(`with ${manager}`, () => {
      let project = ""
      beforeAll(async () => {
        project = await install({ registry, manager, bun: bun() })
      })

      for (const check of typeChecks) {
        const { compiler, resolution, skipLibCheck } = check
        it(`compiles under TypeScript ${compiler}, ${resolution}, ${skipLibCheck ? "skipLibCheck" : "every declaration checked"}`, () =>
          compile(project, check))
      }

      it("runs", async () => {
        await compile(project, { compiler: "7", resolution: "NodeNext", skipLibCheck: true })
        for (const [title, binary] of binaries) {
          const result: unknown = JSON.parse(await run(binary, ["program.js"], { cwd: project }))
          assert.deepStrictEqual(result, outcome, title)
        }
      })

      it("can import every public module, and no internal one", async () => {
        const modules: Array<string> = []
        for (const name of libraries) {
          const dist = join(project, "node_modules/@effect-baanx", name, "dist")
          for (const file of await readdir(dist, { recursive: true })) {
            if (file.endsWith(".js")) modules.push(`@effect-baanx/${name}/${file.slice(0, -3)}`)
          }
        }
        assert.isAbove(modules.length, 40)
        const script = `
            const found = []
            for (const name of ${JSON.stringify(modules)}) {
              try { import.meta.resolve(name); found.push(name) } catch {}
            }
            console.log(JSON.stringify(found))`
        const found: unknown = JSON.parse(
          await run("node", ["--input-type=module", "--eval", script], { cwd: project })
        )
        assert.deepStrictEqual(
          found,
          modules.filter((name) => !name.includes("/internal/"))
        )
      })

      it("has the command baanx", async () => {
        const printed = await run(join(project, "node_modules/.bin/baanx"), ["--version"], { cwd: project })
        assert.match(printed, /^\d+\.\d+\.\d+/)
      })
    })
  }
})
