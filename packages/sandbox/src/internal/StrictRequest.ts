/**
 * The checks that every request passes before an endpoint sees it, in the order in which Baanx is known to make them:
 * the client key, the size of the body, its form, unknown fields, missing and malformed ones. A request that passes
 * always decodes by the contract.
 */
import { usEnvHeader } from "@effect-baanx/api/Headers"
import { BadRequest, OAuthError, TooManyRequests } from "@effect-baanx/api/WireError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { currentCaller, note, refuse } from "./Call.js"
import { doubledPair, parseBody, readBody, withFields } from "./checks/Body.js"
import { checkClientKey } from "./checks/ClientKey.js"
import { checkFields } from "./checks/Fields.js"
import { secondsToWait } from "./checks/RateLimit.js"
import { checkRegion } from "./checks/Region.js"
import type { Field, Step } from "./Contract.js"
import { redact } from "./RequestLog.js"
import { Store } from "./Store.js"
import { refusalResponse } from "./WireResponse.js"

const noFields: ReadonlyMap<string, Field> = new Map()

/** Any endpoint accepts `region=us` in place of the header, although the contract names it on only two. */
const region: Field = { required: false, literal: undefined, accepts: (value) => value === "us" }

const refuseRequest = (step: Step, message: string) =>
  refuse(
    step.envelope === "oauth"
      ? new OAuthError({ error: "invalid_request", error_description: message })
      : new BadRequest({ message })
  )

/** It would be unclear which of two values counts (RFC 6749 section 3.1). */
const refuseDoubled = (step: Step, name: string | undefined) =>
  name === undefined ? Effect.void : refuseRequest(step, `Duplicated parameter: ${name.slice(0, 64)}`)

const checkQuery = (step: Step, search: string) =>
  Effect.gen(function* () {
    const pairs = new URLSearchParams(search)
    yield* refuseDoubled(step, doubledPair(pairs))
    const query = new Map(pairs)
    yield* checkFields(query, [new Map([...step.query, ["region", region]])], step.envelope)
    return query
  })

/** Runs the endpoint on a checked request, with its body already in memory. */
export const strictRequest = <E, R>(step: Step, endpoint: HttpApp.Default<E, R>) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { headers, method, url } = request
    const client = step.checksClientKey ? yield* checkClientKey(headers) : undefined
    const wait = client === undefined ? undefined : yield* secondsToWait(client.clientKey, step.name)
    if (wait !== undefined) return tooManyRequests(wait, (yield* Store).state.settings.rateLimit?.retryAfter === true)

    let checked = request
    if (method !== "GET") {
      const bytes = yield* readBody(request)
      const variants = [...step.bodies.values()]
      // An endpoint that reads no body accepts an empty JSON object.
      const allowed = variants.length === 0 ? ["application/json"] : [...step.bodies.keys()]
      if (bytes.length > 0) {
        const parsed = yield* parseBody(bytes, headers, allowed)
        yield* note({ body: redact(parsed.fields) })
        yield* refuseDoubled(step, parsed.doubled)
        yield* checkFields(parsed.fields, step.bodies.get(parsed.contentType) ?? [noFields], step.envelope)
        checked = withFields(request, parsed.fields)
      } else if (variants.length > 0) {
        return yield* refuseRequest(step, "The body is empty")
      }
    }

    const query = yield* checkQuery(step, url.includes("?") ? url.slice(url.indexOf("?") + 1) : "")
    const region = yield* Effect.catchAll(checkRegion(headers[usEnvHeader], query.get("region")), (message) =>
      refuseRequest(step, message)
    )
    yield* note({ region })

    return yield* endpoint.pipe(
      Effect.locally(currentCaller, client === undefined ? undefined : { client, region }),
      Effect.provideService(HttpServerRequest.HttpServerRequest, checked)
    )
  })

const tooManyRequests = (seconds: number, retryAfter: boolean) => {
  const refusal = refusalResponse(new TooManyRequests({ message: "Too many requests, please try again later." }))
  return retryAfter ? HttpServerResponse.setHeader(refusal, "retry-after", String(seconds)) : refusal
}
