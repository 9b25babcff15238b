import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { cleanUp, pack, packages, tarballOf } from "../src/Packages.js"

const repository = "https://github.com/effect-baanx/effect-baanx"

describe("the tarballs", () => {
  let folder = ""
  afterAll(cleanUp, 60_000)
  beforeAll(async () => {
    folder = await pack()
  }, 120_000)

  for (const name of packages) {
    describe(name, () => {
      const read = async () => {
        const bytes = await readFile(await tarballOf(folder, name))
        const tarball = createPackageFromTarballData(bytes)
        const at = (path: string) => `/node_modules/@effect-baanx/${name}/${path}`
        const files = tarball.listFiles().map((file) => file.slice(at("").length))
        const manifest: Record<string, unknown> = JSON.parse(tarball.readFile(at("package.json")))
        return { bytes, tarball, files, manifest, text: (path: string) => tarball.readFile(at(path)) }
      }

      it("are clean by publint", async () => {
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

      // The command is no library: nothing can be imported from it.
      it.skipIf(name === "cli")(
        "have types that every way of resolution for ES modules finds, for each module",
        async () => {
          const { files, tarball } = await read()
          const modules = files
            .filter((file) => /^dist\/(?!internal\/).*\.js$/.test(file))
            .map((file) => file.replace(/^dist/, ".").replace(/\.js$/, ""))
          assert.isAbove(modules.length, 1)
          const result = await checkPackage(tarball, { entrypoints: [".", ...modules] })
          // Node 10 knows no `exports`, and what requires an ES module has Node 20.19 for it or `import()`.
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
        }
      )

      it("hold what a user needs and nothing that is left over", async () => {
        const { files, text } = await read()
        for (const file of ["LICENSE", "README.md", "package.json", name === "cli" ? "dist/bin.js" : "dist/index.js"]) {
          assert.include(files, file)
        }
        for (const file of files) {
          assert.match(file, /^(?:LICENSE|README\.md|package\.json|src\/.*\.ts|dist\/.*\.(?:js|d\.ts)(?:\.map)?)$/)
          const [, module] = /^dist\/(.*?)\.(?:js|d\.ts)/.exec(file) ?? []
          // The command has a bundle beside what is built file by file.
          if (module !== undefined && `${name}/${module}` !== "cli/sandbox") {
            assert.include(files, `src/${module}.ts`, file)
          }
          if (file.endsWith(".map")) {
            const map: { readonly sources: ReadonlyArray<string> } = JSON.parse(text(file))
            for (const source of map.sources) assert.include(files, join("dist", file.slice(5), "..", source))
          }
        }
      })

      it("say where they come from, and need nothing of the workspace", async () => {
        const { manifest } = await read()
        assert.deepInclude(manifest, {
          name: `@effect-baanx/${name}`,
          license: "MIT",
          type: "module",
          engines: { node: ">=20.18" },
          bugs: `${repository}/issues`,
          homepage: `${repository}/tree/main/packages/${name}#readme`,
          repository: { type: "git", url: `git+${repository}.git`, directory: `packages/${name}` },
          publishConfig: { access: "public", provenance: true }
        })
        assert.isNotEmpty(manifest["keywords"])
        assert.isNotEmpty(manifest["description"])
        assert.notMatch(JSON.stringify({ ...manifest, scripts: {} }), /workspace:|catalog:|effect-baanx\/source/)
      })

      it("import nothing that they do not depend on", async () => {
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
