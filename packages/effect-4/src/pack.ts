/** `node packages/effect-4/dist/pack.js DIR`: builds the packages for Effect 4, and packs each into a folder. */
import process from "node:process"
import { build, pack } from "./Build.js"

const [, , folder] = process.argv

if (folder === undefined) {
  process.stderr.write("Name the folder: node packages/effect-4/dist/pack.js DIR\n")
  process.exitCode = 2
} else {
  await build()
  await pack(folder)
}
