/** The process of one contender: takes its name, the server's origin and the budget, and sends one measurement. */
import { contenders, isContenderName } from "./Contenders.js"
import { budgets, measure } from "./Measure.js"

const [name, origin = "", budget] = process.argv.slice(2)
if (!isContenderName(name)) throw new Error(`no contender ${name}`)
process.on("disconnect", () => process.exit())

const { connect } = await contenders[name].load()
const contender = await connect(origin)
const measurement = await measure(contender, budget === "quick" ? budgets.quick : budgets.full)
await contender.close()
process.send?.(measurement)
process.disconnect()
