/** Writes the licences of everything that esbuild bundled into the command, next to its files. */
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { folderOf } from "./Packages.js"

const cli = folderOf("cli")
const { inputs }: { readonly inputs: Record<string, unknown> } = JSON.parse(
  await readFile(join(cli, "bundle/meta.json"), "utf8")
)

const folders = new Map<string, string>()
for (const input of Object.keys(inputs)) {
  const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(input) ?? []
  if (folder !== undefined && name !== undefined) folders.set(join(cli, folder), name)
}

const notice = async (name: string, folder: string): Promise<string> => {
  const { license, version }: { readonly license: string; readonly version: string } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8")
  )
  const files = await readdir(folder)
  const file = files.find((file) => /^licen[cs]e/i.test(file)) ?? "README.md"
  const whole = files.includes(file) ? await readFile(join(folder, file), "utf8") : ""
  // Some packages have their licence at the end of their README.
  const text = file === "README.md" ? /^#+ licen[cs]e\n([^]*)/im.exec(whole)?.[1] : whole
  if (text === undefined) throw new Error(`${name} ${version} (${license}) has no licence text`)
  return `${name} ${version} (${license})\n\n${text.trim()}\n`
}

const notices = await Promise.all(
  [...folders].sort(([, a], [, b]) => a.localeCompare(b)).map(([folder, name]) => notice(name, folder))
)
const head = "The files in this folder contain code of these packages, in addition to that of effect-baanx:\n"
await writeFile(join(cli, "bundle/NOTICES.txt"), [head, ...notices].join(`\n${"-".repeat(80)}\n\n`))
