/** This module on Node's own fetch. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { connectModule } from "../Module.js"

export const connect = connectModule(FetchHttpClient.layer)
