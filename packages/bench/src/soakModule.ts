/** The process of the soak: takes the server's origin and the number of calls, and sends what is left behind. */
import { soak } from "./Soak.js"

const [origin = "", calls] = process.argv.slice(2)
process.on("disconnect", () => process.exit())
process.send?.(await soak(origin, Number(calls), (line) => console.log(line)))
process.disconnect()
