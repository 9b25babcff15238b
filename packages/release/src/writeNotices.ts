/** Writes the licences of all that esbuild put into the sandbox's one file, beside that file. */
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { folderOf } from "./Packages.js"

const cli = folderOf("cli")
const { inputs }: { readonly inputs: Record<string, unknown> } = JSON.parse(
  await readFile(join(cli, "dist/sandbox.meta.json"), "utf8")
)

const folders = new Map<string, string>()
for (const input of Object.keys(inputs)) {
  const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(input) ?? []
  if (folder !== undefined && name !== undefined) folders.set(name, join(cli, folder))
}

const notice = async (name: string, folder: string): Promise<string> => {
  const { license, version }: { readonly license: string; readonly version: string } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8")
  )
  const file = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file))
  if (file === undefined) throw new Error(`${name} ${version} (${license}) has no licence to be told of`)
  return `${name} ${version} (${license})\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`
}

const notices = await Promise.all(
  [...folders].sort(([a], [b]) => a.localeCompare(b)).map(([name, folder]) => notice(name, folder))
)
const head = "sandbox.js holds code of these packages, besides that of effect-baanx:\n"
await writeFile(join(cli, "dist/sandbox.NOTICES.txt"), [head, ...notices].join(`\n${"-".repeat(80)}\n\n`))
