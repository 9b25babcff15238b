import { Effect, type Scope } from "effect"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"

/** What a server on loopback does with every request. */
export type Behaviour = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

export interface ScriptedServer {
  readonly baseUrl: string
  /** How many requests have arrived. */
  readonly received: () => number
  /** How many connections are open now. */
  readonly connections: Effect.Effect<number>
  /** Ends when a request has arrived, or at once if one has. */
  readonly arrival: Effect.Effect<void>
  /** Ends when no connection is open. */
  readonly idle: Effect.Effect<void>
}

export const scriptedServer = (behaviour: Behaviour): Effect.Effect<ScriptedServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<{ server: Http.Server; scripted: ScriptedServer }>((resume) => {
      let received = 0
      const waiting: Array<() => void> = []
      const server = Http.createServer((request, response) => {
        received += 1
        for (const wake of waiting.splice(0)) wake()
        behaviour(request, response)
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = addressOf(server)
        resume(
          Effect.succeed({
            server,
            scripted: {
              baseUrl: `http://127.0.0.1:${port}`,
              received: () => received,
              connections: Effect.async((resume) => {
                server.getConnections((_, count) => resume(Effect.succeed(count)))
              }),
              idle: Effect.async((resume) => {
                const look = (): void => {
                  server.getConnections((_, count) => {
                    if (count === 0) resume(Effect.void)
                    else setImmediate(look)
                  })
                }
                look()
              }),
              arrival: Effect.async((resume) => {
                if (received > 0) resume(Effect.void)
                else waiting.push(() => resume(Effect.void))
              })
            }
          })
        )
      })
    }),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  ).pipe(Effect.map(({ scripted }) => scripted))

const addressOf = (server: Http.Server): AddressInfo => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  return address
}

/** A port on which nobody listens. */
export const closedPort: Effect.Effect<string> = Effect.scoped(
  Effect.map(
    scriptedServer(() => {}),
    (server) => server.baseUrl
  )
)
