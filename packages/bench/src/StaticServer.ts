/** The neutral server: plain `node:http`, the same response to each authorize call, and a count of what arrived. */
import { once } from "node:events"
import { createServer } from "node:http"
import * as Sample from "./Sample.js"

export interface Counts {
  /** Authorize calls that came with both tokens. */
  readonly requests: number
  /** Connections accepted since the start. */
  readonly sockets: number
}

export interface StaticServer {
  readonly origin: string
  readonly counts: () => Counts
  readonly close: () => Promise<void>
}

export const listen = async (answer: Sample.Answer = Sample.answer): Promise<StaticServer> => {
  const body = Buffer.from(JSON.stringify(answer))
  const answerHeaders = { "content-type": "application/json", "content-length": body.length }
  const expected = JSON.stringify({ token: Sample.sessionToken })
  let requests = 0
  let sockets = 0
  const server = createServer((request, response) => {
    let sent = ""
    request.setEncoding("latin1")
    request.on("data", (chunk: string) => (sent += chunk))
    request.on("end", () => {
      const asked =
        request.method === "POST" &&
        request.url === Sample.path &&
        request.headers["x-client-key"] === Sample.clientKey &&
        request.headers.authorization === `Bearer ${Sample.loginToken}` &&
        sent === expected
      if (asked) requests += 1
      response.writeHead(asked ? 200 : 400, answerHeaders)
      response.end(body)
    })
  })
  server.on("connection", () => (sockets += 1))
  // The contenders decide how long they keep a connection.
  server.keepAliveTimeout = 0
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return {
    origin: `http://127.0.0.1:${address.port}`,
    counts: () => ({ requests, sockets }),
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    }
  }
}
