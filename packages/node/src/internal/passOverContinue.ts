/**
 * undici destroys the connection at a `100 Continue` that nobody asked for, and the response behind it is lost; other
 * interim responses it passes over, so a status of 100 becomes 102 before undici reads it.
 */
import type { Socket } from "node:net"
import type { buildConnector } from "undici"

const lineFeed = 10
const carriageReturn = 13
const zero = 48
const one = 49
const two = 50

/** Where the next byte stands: by number in `HTTP/1.1 100`, then anywhere behind it, or at the start of a line. */
const firstDigit = 9
const thirdDigit = 11
const afterStatus = 12
const newLine = 13
/** Behind the status of a final response, which is all that is looked at of it. */
const final = 14

/** Rewrites in place, from one position to the next: a head may come in pieces, and several in one. */
const rewrite = (piece: Uint8Array, from: number): number => {
  let at = from
  for (let i = 0; i < piece.length; i++) {
    const byte = piece[i]
    if (at === firstDigit) {
      if (byte !== one) return final
      // After an interim head in HTTP/1.0, the parser of undici takes the connection for closed.
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

/** Only for sockets that carry one request at a time: a second would be taken for the end of the response to the first. */
export const passOverContinue =
  (connect: buildConnector.connector): buildConnector.connector =>
  (options, callback) =>
    connect(options, (error, socket) => (error === null ? callback(null, watch(socket)) : callback(error, null)))
