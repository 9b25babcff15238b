/** The cost of the module itself. */
import { connectModule } from "../Module.js"
import * as NullTransport from "../NullTransport.js"

export const connect = connectModule(NullTransport.layer)
