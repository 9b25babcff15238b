/**
 * The whole sandbox as one `HttpApp`, whatever carries the requests: a socket or a call in process.
 *
 * @since 0.1.0
 */
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { InternalServerError } from "@effect-baanx/api/WireError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { baanxApp } from "./BaanxServer.js"
import { note } from "./Call.js"
import { isOwnHost } from "./checks/Host.js"
import { contract } from "./Contract.js"
import { makeRequestLog, type RequestLog } from "../RequestLog.js"
import { SandboxRandom } from "../SandboxRandom.js"
import type { SandboxSeed } from "../SandboxSeed.js"
import { hostedPages } from "./hosted/HostedPages.js"
import { makeState, Store, type StoreShape } from "./Store.js"
import { strictRequest } from "./StrictRequest.js"
import { messageResponse, refusalResponse } from "./WireResponse.js"

/**
 * A running sandbox without a way in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Engine {
  readonly app: HttpApp.Default
  readonly store: StoreShape
  readonly log: RequestLog
}

/** Made when somebody asks, since few do. */
const openApi = Effect.cached(Effect.sync(() => HttpServerResponse.unsafeJson(OpenApi.fromApi(BaanxApi))))

/** Only a fault of the sandbox itself comes here. Its message may quote a request, so the log gets no more than its name. */
const defect = (cause: Cause.Cause<unknown>) => {
  if (Cause.isInterruptedOnly(cause)) return Effect.interrupt
  const error = Cause.squash(cause)
  return Effect.as(
    Effect.logError(`The sandbox failed: ${error instanceof Error ? error.name : typeof error}`),
    refusalResponse(new InternalServerError({ message: "Internal server error" }))
  )
}

/**
 * Builds the engine. `baseUrl` is set by who opens the way in, before the first request.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeEngine = (seed: SandboxSeed): Effect.Effect<Engine, never, SandboxRandom | Scope> =>
  Effect.gen(function* () {
    const random = yield* SandboxRandom
    const store: StoreShape = {
      state: yield* makeState(seed, random),
      baseUrl: "",
      signingKey: yield* random.bytes(32)
    }
    const services = Context.make(SandboxRandom, random).pipe(Context.add(Store, store))
    const baanx = yield* Effect.provide(baanxApp, services)
    const openApiDocument = yield* openApi
    const log = makeRequestLog()
    const pages = new Map(
      Object.entries({ ...hostedPages, "/openapi.json": { GET: openApiDocument } }).map(([path, methods]) => [
        path,
        new Map(Object.entries(methods))
      ])
    )

    const route = Effect.gen(function* () {
      const { headers, method, url } = yield* HttpServerRequest.HttpServerRequest
      if (!isOwnHost(headers["host"], store.baseUrl)) return messageResponse(421, "This host is not the sandbox's")
      const path = url.split("?", 1)[0] ?? ""
      const steps = contract.get(path)
      if (steps !== undefined) {
        const step = steps.find((step) => step.method === method)
        if (step === undefined) return methodNotAllowed(steps.map((step) => step.method))
        yield* note({ step: step.name })
        return yield* Effect.catchAll(strictRequest(step, baanx), (refusal) => Effect.succeed(refusalResponse(refusal)))
      }
      const page = pages.get(path)
      if (page !== undefined) return yield* page.get(method) ?? Effect.succeed(methodNotAllowed([...page.keys()]))
      return messageResponse(404, "Not found")
    })

    const app = log.record(Effect.catchAllCause(route, defect)).pipe(
      Effect.map(withCommonHeaders),
      // What an endpoint does to the tables it does in one turn, so that no two requests both spend one code.
      Effect.withMaxOpsBeforeYield(Number.MAX_SAFE_INTEGER),
      Effect.provide(services)
    )
    return { app, store, log }
  })

const withCommonHeaders = (response: HttpServerResponse.HttpServerResponse) => {
  // RFC 6749 section 5.1; and an answer without a body says so, whatever carries it.
  const headers = response.body._tag === "Empty" ? { "content-length": "0" } : {}
  return HttpServerResponse.setHeaders(response, { "cache-control": "no-store", ...headers })
}

const methodNotAllowed = (allowed: ReadonlyArray<string>) =>
  HttpServerResponse.setHeader(messageResponse(405, "Method not allowed"), "allow", allowed.join(", "))
