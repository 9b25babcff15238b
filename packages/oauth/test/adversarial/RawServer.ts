import { Effect, type Scope } from "effect"
import * as Net from "node:net"

export interface RawServer {
  readonly baseUrl: string
  /** Number of complete requests that have arrived. */
  readonly received: () => number
  /** Number of bytes written to the connections. */
  readonly sent: () => number
  /** Completes once that many requests have arrived in all. */
  readonly arrival: (count: number) => Effect.Effect<void>
  /** Completes once no connection is open. */
  readonly idle: Effect.Effect<void>
}

/** Whether the text is a complete request: the headers, and the body that they announce. */
const isWhole = (text: string): boolean => {
  const end = text.indexOf("\r\n\r\n")
  return end >= 0 && text.length >= end + 4 + Number(/content-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0)
}

/**
 * A server on loopback without HTTP: for each complete request, `answer` writes what it likes to the connection.
 * `index` counts the requests from 0; `request` is the text of this one.
 */
export const rawServer = (
  answer: (socket: Net.Socket, index: number, request: string) => void
): Effect.Effect<RawServer, never, Scope.Scope> => {
  const open = new Set<Net.Socket>()
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  const until = (holds: () => boolean) =>
    Effect.async<void>((resume) => {
      const look = () => {
        if (!holds()) return
        waiting.delete(look)
        resume(Effect.void)
      }
      waiting.add(look)
      look()
    })
  let received = 0
  let sent = 0

  const server = Net.createServer((socket) => {
    let text = ""
    open.add(socket)
    socket.setNoDelay(true)
    socket.on("error", () => {})
    socket.on("close", () => {
      open.delete(socket)
      sent += socket.bytesWritten
      wake()
    })
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1")
      if (!isWhole(text)) return
      const request = text
      text = ""
      answer(socket, received++, request)
      wake()
    })
  })
  return Effect.acquireRelease(
    Effect.async<RawServer>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(
          Effect.succeed({
            baseUrl: `http://127.0.0.1:${port}`,
            received: () => received,
            sent: () => sent,
            arrival: (count) => until(() => received >= count),
            idle: until(() => open.size === 0)
          })
        )
      })
    }),
    () =>
      Effect.async<void>((resume) => {
        for (const socket of open) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  )
}
