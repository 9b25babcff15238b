import { Effect, type Scope } from "effect"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"

/** How a server on loopback handles every request. */
export type Behaviour = (request: Http.IncomingMessage, response: Http.ServerResponse) => void

export interface ScriptedServer {
  readonly baseUrl: string
  /** Number of requests that have arrived. */
  readonly received: () => number
  /** Number of connections that are open now. */
  readonly connections: Effect.Effect<number>
  /** Completes once a request has arrived. */
  readonly arrival: Effect.Effect<void>
  /** Completes once no connection is open. */
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

/** The base URL of a port that nothing listens on. */
export const closedPort: Effect.Effect<string> = Effect.scoped(
  Effect.map(
    scriptedServer(() => {}),
    (server) => server.baseUrl
  )
)
