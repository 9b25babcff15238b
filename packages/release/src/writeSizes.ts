/** Writes docs/sizes.md. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { root } from "./Packages.js"
import { page, sizes } from "./Sizes.js"

await writeFile(join(root, "docs/sizes.md"), page(await sizes()))
