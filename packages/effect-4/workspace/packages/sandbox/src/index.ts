/** The sandbox for the tests on Effect 4. It runs on Effect 3: only plain values and web responses come across. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import {
  type Facts,
  type ForeignClock,
  makeHandler,
  type SandboxHandler,
  type SandboxOptions,
  type SandboxServerOptions,
  startServer
} from "../../../../dist/SandboxHandler.js"
export { type SandboxFault, type SandboxFaultName, sandboxFaultNames } from "../../../../../sandbox/dist/index.js"

export type { SandboxOptions, SandboxServerOptions }

type ForeignRequest = ReturnType<SandboxHandler["requests"]>[number]

export interface LoggedRequest extends Omit<ForeignRequest, "at"> {
  readonly at: DateTime.Utc
}

const ownRequest = (request: ForeignRequest): LoggedRequest => ({
  ...request,
  at: DateTime.makeUnsafe(request.at.epochMillis)
})

export interface SandboxShape extends Facts {
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
}

const shapeOf = (sandbox: Facts & Pick<SandboxHandler, "requests">): SandboxShape => ({
  ...sandbox,
  requests: Effect.sync(() => sandbox.requests().map(ownRequest))
})

const clockOf = (clock: Clock.Clock): ForeignClock => ({
  now: () => clock.currentTimeMillisUnsafe(),
  sleep: (millis, done) => {
    const fiber = Effect.runFork(Effect.andThen(clock.sleep(Duration.millis(millis)), Effect.sync(done)))
    return () => fiber.interruptUnsafe()
  }
})

const bytesOf = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<Uint8Array | undefined, unknown> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(undefined)
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Stream":
      return Effect.map(Stream.runCollect(body.stream), (chunks) => new Uint8Array(Buffer.concat([...chunks])))
    case "FormData":
      return webBytes(body.formData)
    case "Raw":
      return webBytes(typeof body.body === "string" ? body.body : undefined)
  }
}

const webBytes = (body: ConstructorParameters<typeof Response>[0]) =>
  Effect.map(
    Effect.tryPromise(() => new Response(body).arrayBuffer()),
    (buffer) => new Uint8Array(buffer)
  )

const clientOf = ({ handle }: SandboxHandler): HttpClient.HttpClient =>
  HttpClient.make((request, url, _, fiber) => {
    const failure = (reason: "Encode" | "Transport") =>
      new HttpClientError.HttpClientError({
        reason:
          reason === "Encode"
            ? new HttpClientError.EncodeError({ request, description: "A header or the body cannot be sent" })
            : new HttpClientError.TransportError({ request, description: "The connection was cut" })
      })
    return Effect.flatMap(
      Effect.mapError(bytesOf(request), () => failure("Encode")),
      (body) =>
        Effect.callback<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>((resume) => {
          const headers = { ...request.headers, ...contentTypeOf(request) }
          const cancel = handle(
            { method: methodOf(request.method), url: url.href, headers, body },
            clockOf(fiber.getRef(Clock.Clock)),
            (outcome) =>
              resume(
                typeof outcome === "string"
                  ? Effect.fail(failure(outcome))
                  : Effect.succeed(HttpClientResponse.fromWeb(request, outcome))
              )
          )
          return Effect.sync(cancel)
        })
    )
  })

const contentTypeOf = ({ body }: HttpClientRequest.HttpClientRequest): Record<string, string> =>
  "contentType" in body && body.contentType !== undefined ? { "content-type": body.contentType } : {}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const

const methodOf = (text: string) => methods.find((method) => method === text) ?? "GET"

export class Sandbox extends Context.Service<Sandbox, SandboxShape>()("@effect-baanx/sandbox/Sandbox") {
  static readonly layer = (options: SandboxServerOptions = {}): Layer.Layer<Sandbox> =>
    Layer.effect(
      Sandbox,
      Effect.map(
        Effect.acquireRelease(
          Effect.promise(() => startServer(options)),
          ({ stop }) => Effect.promise(stop)
        ),
        shapeOf
      )
    )

  static readonly layerHttpClient = (options: SandboxOptions = {}): Layer.Layer<Sandbox | HttpClient.HttpClient> =>
    Layer.effectContext(
      Effect.sync(() => {
        const handler = makeHandler(options)
        return Context.make(Sandbox, shapeOf(handler)).pipe(Context.add(HttpClient.HttpClient, clientOf(handler)))
      })
    )
}

export interface SandboxToken {
  readonly kind: "access" | "refresh"
  readonly live: boolean
  readonly sha256: string
  readonly userId: string
}

export interface SandboxAdminShape {
  readonly armFault: (request: { readonly payload: object }) => Effect.Effect<void, HttpClientError.HttpClientError>
  readonly disarmFaults: () => Effect.Effect<void, HttpClientError.HttpClientError>
  readonly reset: () => Effect.Effect<void, HttpClientError.HttpClientError>
  readonly tokens: () => Effect.Effect<ReadonlyArray<SandboxToken>, HttpClientError.HttpClientError>
}

const makeAdmin = (baseUrl: string): Effect.Effect<SandboxAdminShape, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => {
    const api = `${baseUrl}/_sandbox/api`
    const send = (request: HttpClientRequest.HttpClientRequest) =>
      Effect.flatMap(HttpClient.filterStatusOk(client).execute(request), ({ text }) => text)
    return {
      armFault: ({ payload }) =>
        Effect.asVoid(send(HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(`${api}/faults`), payload))),
      disarmFaults: () => Effect.asVoid(send(HttpClientRequest.delete(`${api}/faults`))),
      reset: () => Effect.asVoid(send(HttpClientRequest.post(`${api}/reset`))),
      tokens: () => Effect.map(send(HttpClientRequest.get(`${api}/tokens`)), (text) => JSON.parse(text))
    }
  })

export class SandboxAdmin extends Context.Service<SandboxAdmin, SandboxAdminShape>()(
  "@effect-baanx/sandbox/SandboxAdmin"
) {
  static readonly layer: Layer.Layer<SandboxAdmin, never, Sandbox | HttpClient.HttpClient> = Layer.effect(
    SandboxAdmin,
    Effect.flatMap(Sandbox, ({ baseUrl }) => makeAdmin(baseUrl))
  )
}
