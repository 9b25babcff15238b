/** This module on the stock undici layer of the platform. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { connectModule } from "../Module.js"

export const connect = connectModule(NodeHttpClient.layerUndici)
