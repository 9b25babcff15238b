/** What the module itself costs. */
import { connectModule } from "../Module.js"
import * as NullTransport from "../NullTransport.js"

export const connect = connectModule(NullTransport.layer)
