/** The whole sandbox as one `HttpApp`, whether the requests come through a socket or in process. */
import { BaanxApi } from "@effect-baanx/api/BaanxApi"
import { InternalServerError } from "@effect-baanx/api/WireError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { LoggedRequest } from "../LoggedRequest.js"
import { SandboxAdminApi } from "../SandboxAdminApi.js"
import { adminApp } from "./AdminServer.js"
import { baanxApp } from "./BaanxServer.js"
import { note } from "./Call.js"
import { isOwnHost } from "./checks/Host.js"
import { originForm } from "./checks/Target.js"
import { contract } from "./Contract.js"
import { makeEvents } from "./Events.js"
import { inspectorPage } from "./inspector/Inspector.js"
import { makeRequestLog, type RequestLog } from "./RequestLog.js"
import { SandboxRandom } from "../SandboxRandom.js"
import type { SandboxSeed } from "../SandboxSeed.js"
import { withFaults, type ConnectionCut } from "./Faults.js"
import { hostedPages } from "./hosted/HostedPages.js"
import { withNamedFaults } from "./NamedFaults.js"
import { makeState, Store, type StoreShape } from "./Store.js"
import { strictRequest } from "./StrictRequest.js"
import { messageResponse, refusalResponse } from "./WireResponse.js"

/** A running sandbox without a transport. */
export interface Engine {
  /** Fails if the connection has to be closed without a response. */
  readonly app: HttpApp.Default<ConnectionCut>
  readonly store: StoreShape
  readonly log: RequestLog
  /** Ends the responses that would go on forever. */
  readonly endEvents: Effect.Effect<void>
}

/** Built on demand, since it is rarely requested. */
const openApi = Effect.cached(Effect.sync(() => HttpServerResponse.unsafeJson(OpenApi.fromApi(BaanxApi))))

const adminOpenApi = Effect.cached(Effect.sync(() => HttpServerResponse.unsafeJson(OpenApi.fromApi(SandboxAdminApi))))

/** Only a bug in the sandbox itself ends up here. Its message may quote a request, so only its name is logged. */
const defect = (cause: Cause.Cause<ConnectionCut>) => {
  if (Cause.isFailure(cause)) return Effect.failCause(cause)
  if (Cause.isInterruptedOnly(cause)) return Effect.interrupt
  const error = Cause.squash(cause)
  return Effect.as(
    Effect.logError(`The sandbox failed: ${error instanceof Error ? error.name : typeof error}`),
    refusalResponse(new InternalServerError({ message: "Internal server error" }))
  )
}

/** Builds the engine. The transport sets `baseUrl` before the first request. */
export const makeEngine = (
  seed: SandboxSeed,
  onRequest: (request: LoggedRequest) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<Engine, never, SandboxRandom | Scope.Scope> =>
  Effect.gen(function* () {
    const random = yield* SandboxRandom
    const store: StoreShape = {
      state: yield* makeState(seed, random),
      seed,
      baseUrl: "",
      signingKey: yield* random.bytes(32)
    }
    const services = Context.make(SandboxRandom, random).pipe(Context.add(Store, store))
    const events = makeEvents()
    const log = makeRequestLog(events.tell, onRequest)
    const baanx = yield* Effect.provide(baanxApp, services)
    // Built at the first request, in the scope of the engine.
    const admin = yield* Effect.cached(Scope.extend(adminApp(log), yield* Effect.scope))
    const pages = methodsByPath({ ...hostedPages, "/openapi.json": { GET: yield* openApi } })
    const ownPages = methodsByPath({
      "/_sandbox": { GET: Effect.sync(() => inspectorPage(store.baseUrl, store.seed.clients[0])) },
      // Browsers request it by themselves.
      "/favicon.ico": { GET: Effect.succeed(HttpServerResponse.empty({ status: 204 })) },
      "/_sandbox/events": { GET: Effect.sync(events.response) },
      "/_sandbox/api/openapi.json": { GET: yield* adminOpenApi }
    })

    const route = Effect.gen(function* () {
      const { method, url } = yield* HttpServerRequest.HttpServerRequest
      const path = pathOf(url)
      const steps = contract.get(path)
      if (steps !== undefined) {
        const step = steps.find((step) => step.method === method)
        if (step === undefined) return methodNotAllowed(steps.map((step) => step.method))
        yield* note({ step: step.name })
        const answer = Effect.catchAll(strictRequest(step, withNamedFaults(step.name, baanx)), (refusal) =>
          Effect.succeed(refusalResponse(refusal))
        )
        return yield* withFaults(step.name, answer)
      }
      const page = pages.get(path)
      if (page !== undefined) return yield* page.get(method) ?? Effect.succeed(methodNotAllowed([...page.keys()]))
      return messageResponse(404, "Not found")
    })

    const own = Effect.gen(function* () {
      const { method, url } = yield* HttpServerRequest.HttpServerRequest
      const page = ownPages.get(pathOf(url))
      if (page !== undefined) return yield* page.get(method) ?? Effect.succeed(methodNotAllowed([...page.keys()]))
      return pathOf(url).startsWith("/_sandbox/api/") ? yield* Effect.flatten(admin) : messageResponse(404, "Not found")
    })

    // The log has the requests of the application, not those of the inspector and the admin API.
    const handled = Effect.gen(function* () {
      const { headers, method, url } = yield* HttpServerRequest.HttpServerRequest
      if (!isOwnHost(headers["host"], store.baseUrl)) return yield* log.record(foreignHost)
      const path = pathOf(url)
      if (path === "/" && method === "GET" && (headers["accept"] ?? "").includes("text/html")) {
        return HttpServerResponse.redirect("/_sandbox", { status: 303 })
      }
      return yield* path === "/favicon.ico" || path.startsWith("/_sandbox") ? own : log.record(route)
    })

    const app = Effect.gen(function* () {
      const request = originForm(yield* HttpServerRequest.HttpServerRequest)
      if (request === undefined) return yield* log.record(neitherTarget)
      return yield* Effect.provideService(handled, HttpServerRequest.HttpServerRequest, request)
    }).pipe(
      Effect.catchAllCause(defect),
      Effect.map(withCommonHeaders),
      // A request makes its changes to the tables in one turn, so that no two requests use the same code. A semaphore
      // around each endpoint would cost a sign-in 2 to 4 % more CPU, and would not cover the hosted pages.
      Effect.withMaxOpsBeforeYield(Number.MAX_SAFE_INTEGER),
      Effect.provide(services)
    )
    return { app, store, log, endEvents: Effect.sync(events.end) }
  })

const neitherTarget = Effect.succeed(messageResponse(400, "The request target is neither a path nor an http URL"))

const foreignHost = Effect.as(
  note({ detail: "The sandbox accepts this host only if --base-url (baseUrl) names it" }),
  messageResponse(421, "This host is not the sandbox's")
)

const pathOf = (url: string) => url.split("?", 1)[0] ?? ""

const methodsByPath = <A>(paths: Readonly<Record<string, Readonly<Record<string, A>>>>) =>
  new Map(Object.entries(paths).map(([path, methods]) => [path, new Map(Object.entries(methods))]))

const withCommonHeaders = (response: HttpServerResponse.HttpServerResponse) => {
  // RFC 6749 section 5.1. A response without a body says so on every transport.
  const headers = response.body._tag === "Empty" && response.status !== 204 ? { "content-length": "0" } : {}
  return HttpServerResponse.setHeaders(response, { "cache-control": "no-store", ...headers })
}

const methodNotAllowed = (allowed: ReadonlyArray<string>) =>
  HttpServerResponse.setHeader(messageResponse(405, "Method not allowed"), "allow", allowed.join(", "))
