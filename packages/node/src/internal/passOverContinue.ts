/**
 * undici destroys the connection at an unsolicited `100 Continue`, and the response after it is lost. It skips other
 * interim responses, so a status of 100 is changed to 102 before undici reads it.
 */
import type { Socket } from "node:net"
import type { buildConnector } from "undici"

const lineFeed = 10
const carriageReturn = 13
const zero = 48
const one = 49
const two = 50

/** The position of the next byte: its index in `HTTP/1.1 100`, then anywhere after that, or at the start of a line. */
const firstDigit = 9
const thirdDigit = 11
const afterStatus = 12
const newLine = 13
/** After the status of a final response; nothing else of it is examined. */
const final = 14

/**
 * Rewrites a piece in place, and returns the position after it: a head may come in several pieces, and several heads in
 * one.
 */
const rewrite = (piece: Uint8Array, from: number): number => {
  let at = from
  for (let i = 0; i < piece.length; i++) {
    const byte = piece[i]
    if (at === firstDigit) {
      if (byte !== one) return final
      // After an interim head in HTTP/1.0, undici's parser considers the connection closed.
      piece[i - 2] = one
    }
    if (at === thirdDigit && byte === zero) piece[i] = two
    if (at < afterStatus) at = at > 0 || (byte !== carriageReturn && byte !== lineFeed) ? at + 1 : 0
    else if (byte === lineFeed) at = at === newLine ? 0 : newLine
    else if (byte !== carriageReturn) at = afterStatus
  }
  return at
}

/** Everything between a final status and the next request, which shows in `bytesWritten`, is left alone. */
const watch = (socket: Socket): Socket => {
  const read = socket.read
  let at = 0
  let written = 0
  socket.read = (size) => {
    const piece: unknown = read.call(socket, size)
    if (!(piece instanceof Uint8Array)) return piece
    if (at === final && socket.bytesWritten !== written) at = 0
    if (at !== final) {
      at = rewrite(piece, at)
      written = socket.bytesWritten
    }
    return piece
  }
  return socket
}

/**
 * Only for sockets that carry one request at a time: a second request would be mistaken for the end of the first
 * response.
 */
export const passOverContinue =
  (connect: buildConnector.connector): buildConnector.connector =>
  (options, callback) =>
    connect(options, (error, socket) => (error === null ? callback(null, watch(socket)) : callback(error, null)))
