/** This module on the fetch that Node brings. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { connectModule } from "../Module.js"

export const connect = connectModule(FetchHttpClient.layer)
