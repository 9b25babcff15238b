/** This module on the layer that is made for it. */
import * as NodeHttpClient from "@effect-baanx/node/NodeHttpClient"
import { connectModule } from "../Module.js"

export const connect = connectModule(NodeHttpClient.layer())
