/** `npm run release:publish`: packs both lines, and publishes what npm does not have yet. */
import process from "node:process"
import { cleanUp, pack, temporary } from "./Packages.js"
import { publish } from "./Publish.js"

try {
  const folder = await temporary("publish")
  await pack(folder)
  for (const version of await publish(folder)) process.stdout.write(`Published ${version}\n`)
} finally {
  await cleanUp()
}
