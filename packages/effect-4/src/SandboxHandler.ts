/**
 * The sandbox for the tests on Effect 4. It stays on Effect 3, and only plain values, functions and web responses cross
 * between the two.
 */
import { Sandbox, type SandboxOptions, type SandboxServerOptions, type SandboxShape } from "@effect-baanx/sandbox"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

export type { SandboxOptions, SandboxServerOptions }

/** The clock of the test. */
export interface ForeignClock {
  readonly now: () => number
  /** Calls `done` after that many milliseconds; returns a function that cancels it. */
  readonly sleep: (millis: number, done: () => void) => () => void
}

export interface PlainRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

export type Facts = Pick<
  SandboxShape,
  "baseUrl" | "clientId" | "clientKey" | "secretKey" | "redirectUri" | "clients" | "users" | "ready"
>

export interface SandboxHandler extends Facts {
  readonly requests: () => ReadonlyArray<Effect.Effect.Success<SandboxShape["requests"]>[number]>
  /**
   * Passes the response to `done`, or the reason as a string if there is none; synchronously if there is nothing to
   * wait for. Returns a function that cancels the request.
   */
  readonly handle: (
    request: PlainRequest,
    clock: ForeignClock,
    done: (outcome: Response | "Encode" | "Transport") => void
  ) => () => void
}

const clockOf = ({ now, sleep }: ForeignClock): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: now,
  unsafeCurrentTimeNanos: () => BigInt(Math.floor(now())) * 1_000_000n,
  currentTimeMillis: Effect.sync(now),
  currentTimeNanos: Effect.sync(() => BigInt(Math.floor(now())) * 1_000_000n),
  sleep: (duration) =>
    Effect.async((resume) => {
      const cancel = sleep(Duration.toMillis(duration), () => resume(Effect.void))
      return Effect.sync(cancel)
    })
})

const factsOf = (sandbox: SandboxShape): Facts => {
  const { baseUrl, clientId, clientKey, clients, ready, redirectUri, secretKey, users } = sandbox
  return { baseUrl, clientId, clientKey, clients, ready, redirectUri, secretKey, users }
}

const webOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

/** In process. It holds no resource that needs to be released. */
export const makeHandler = (options: SandboxOptions = {}): SandboxHandler => {
  const scope = Effect.runSync(Scope.make())
  const context = Effect.runSync(Layer.buildWithScope(Sandbox.layerHttpClient(options), scope))
  const sandbox = Context.get(context, Sandbox)
  const client = Context.get(context, HttpClient.HttpClient)
  return {
    ...factsOf(sandbox),
    requests: () => Effect.runSync(sandbox.requests),
    handle: ({ body, headers, method, url }, clock, done) => {
      const request = HttpClientRequest.make(method)(url, { headers })
      const sent = client.execute(
        body === undefined ? request : HttpClientRequest.bodyUint8Array(request, body, headers["content-type"])
      )
      return Effect.runCallback(
        Effect.flatMap(sent, ({ arrayBuffer, headers, status }) =>
          Effect.map(
            status === 204 || status === 304
              ? Effect.succeed(null)
              : Effect.orElseSucceed(
                  Effect.map(arrayBuffer, (buffer) => webOf(new Uint8Array(buffer))),
                  () => null
                ),
            (bytes) => new Response(bytes, { status, headers: Object.entries(headers) })
          )
        ).pipe(Effect.withClock(clockOf(clock)), Effect.withTracerEnabled(false)),
        {
          onExit: Exit.match({
            onSuccess: done,
            onFailure: (cause) => done(String(cause).includes("Encode") ? "Encode" : "Transport")
          })
        }
      )
    }
  }
}

/** On a socket, until `stop` is called. */
export const startServer = (
  options: SandboxServerOptions = {}
): Promise<Facts & Pick<SandboxHandler, "requests"> & { readonly stop: () => Promise<void> }> => {
  const scope = Effect.runSync(Scope.make())
  return Effect.runPromise(
    Effect.map(Layer.buildWithScope(Sandbox.layer(options), scope), (context) => {
      const sandbox = Context.get(context, Sandbox)
      return {
        ...factsOf(sandbox),
        requests: () => Effect.runSync(sandbox.requests),
        stop: () => Effect.runPromise(Scope.close(scope, Exit.void))
      }
    })
  )
}
