/** `npm run changelog`: writes CHANGELOG.md. */
import { writeFileSync } from "node:fs"
import { pages, path } from "./Changelog.js"

writeFileSync(path, pages().expected)
