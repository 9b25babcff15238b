/** `npm run test:effect-4`: runs the derived tests, on the Node that this line asks for. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import process from "node:process"
import { derivedFolder } from "./Tree.js"

const { status } = spawnSync(
  join(derivedFolder, "node_modules/.bin/node"),
  ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)],
  { cwd: derivedFolder, stdio: "inherit" }
)
process.exitCode = status ?? 1
