/** The process of the neutral server: sends its origin once, then its counts in reply to each message. */
import { listen } from "./StaticServer.js"

const server = await listen()
process.on("message", () => process.send?.(server.counts()))
process.on("disconnect", () => process.exit())
process.send?.(server.origin)
