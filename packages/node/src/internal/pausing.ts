/**
 * Pauses a response without risk to the process. If a connection ends during a paused response that only this end
 * delimits, undici throws an `AssertionError` that cannot be caught: its parser has to run again before that. undici
 * also mistakes a reset for the end of such a response, paused or not, so a reset gets the code of another error.
 */
import type { Socket } from "node:net"
import type { buildConnector, Dispatcher } from "undici"

interface Line {
  paused: Dispatcher.DispatchController | undefined
}

/** The socket that was read last: whatever undici's parser reports comes directly from that read. */
let current: Line | undefined

/** Has to be called while the parser reports. */
export const pause = (controller: Dispatcher.DispatchController): void => {
  controller.pause()
  if (current !== undefined) current.paused = controller
}

const watch = (socket: Socket): Socket => {
  const line: Line = { paused: undefined }
  const read = socket.read
  socket.read = (size) => {
    current = line
    // Node reads 0 bytes to look for the end; undici does not read while it is paused.
    if (size !== 0) line.paused = undefined
    return read.call(socket, size)
  }
  // Added before undici's own listeners, which it adds once it has the socket.
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
