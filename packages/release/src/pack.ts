/** `npm run pack -- DIR`: writes a tarball of everything that would be published. */
import { join, relative, resolve } from "node:path"
import process from "node:process"
import { pack, packages, root, run, tarballOf } from "./Packages.js"

const say = (text: string) => process.stdout.write(`${text}\n`)

const [, , name] = process.argv
if (name === undefined) {
  process.stderr.write("Name the folder: npm run pack -- DIR\n")
  process.exitCode = 2
} else {
  const here = process.env["INIT_CWD"] ?? process.cwd()
  const folder = resolve(here, name)
  say(`Packing ${packages.length} packages`)
  await pack(folder)
  for (const name of packages) say(relative(here, tarballOf(folder, name)))
  const effect4 = join(folder, "effect-4")
  say(`Packing those for Effect 4 into ${relative(here, effect4)}`)
  await run("node", [join(root, "packages/effect-4/dist/pack.js"), effect4], { cwd: root })
  say(`Install them with: npm install ${folder}/*.tgz @effect/platform@0.97 effect@3`)
}
