/** `node packages/effect-4/dist/publish.js`: the packages for Effect 4, after those for Effect 3. */
import { build, publish } from "./Build.js"

await build()
await publish()
