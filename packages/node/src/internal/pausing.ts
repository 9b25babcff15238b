/**
 * Pauses a response without danger to the process. Where a connection ends under a paused response that lasts until its
 * end, undici throws an `AssertionError` that nobody can catch: its parser has to run again by then. undici also takes a
 * reset for the end of such a response, paused or not: it gets the code of another error.
 */
import type { Socket } from "node:net"
import type { buildConnector, Dispatcher } from "undici"

interface Line {
  paused: Dispatcher.DispatchController | undefined
}

/** Of the socket that was read from last: all that undici's parser reports comes straight from there. */
let current: Line | undefined

/** To be called while the parser reports. */
export const pause = (controller: Dispatcher.DispatchController): void => {
  controller.pause()
  if (current !== undefined) current.paused = controller
}

const watch = (socket: Socket): Socket => {
  const line: Line = { paused: undefined }
  const read = socket.read
  socket.read = (size) => {
    current = line
    // Node reads nothing to look for the end; undici reads no more while it is paused.
    if (size !== 0) line.paused = undefined
    return read.call(socket, size)
  }
  // Before undici, which listens once it has the socket.
  socket.on("end", () => line.paused?.resume())
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNRESET") error.code = "ECONNABORTED"
  })
  return socket
}

/** For sockets whose responses are paused. */
export const pausable =
  (connect: buildConnector.connector): buildConnector.connector =>
  (options, callback) =>
    connect(options, (error, socket) => (error === null ? callback(null, watch(socket)) : callback(error, null)))
