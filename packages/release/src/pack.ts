/** `npm run pack -- DIR`: writes a tarball of everything that would be published, those for Effect 4 to DIR/effect-4. */
import { relative, resolve } from "node:path"
import process from "node:process"
import { folderOfLine, lines, pack, packagesOf, tarballOf } from "./Packages.js"

const say = (text: string) => process.stdout.write(`${text}\n`)

const [, , name] = process.argv
if (name === undefined) {
  process.stderr.write("Name the folder: npm run pack -- DIR\n")
  process.exitCode = 2
} else {
  const here = process.env["INIT_CWD"] ?? process.cwd()
  const folder = resolve(here, name)
  say("Packing the packages for Effect 3, then building and packing those for Effect 4")
  await pack(folder)
  for (const line of lines) {
    for (const name of packagesOf[line]) say(relative(here, tarballOf(folder, name, line)))
  }
  say("Install them with one of:")
  say(`npm install effect ${folderOfLine(folder, "effect-4")}/*.tgz`)
  say(`npm install effect@3 @effect/platform@0.97 ${folder}/*.tgz`)
}
