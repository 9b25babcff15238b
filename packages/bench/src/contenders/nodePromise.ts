/** This module on the layer that is made for it, for code that awaits promises: each call is a separate fiber. */
import type { Connect } from "../Contender.js"
import * as node from "./node.js"

export const connect: Connect = async (origin) => {
  const { authorize, close } = await node.connect(origin)
  return { authorize, close }
}
