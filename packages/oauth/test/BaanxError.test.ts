import * as Errors from "@effect-baanx/oauth/BaanxError"
import { HttpApiSchema } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"

const operation = "authorize"
const refusal = { operation, code: "invalid_request", description: "no reason given" } as const

/** One of each, with the status that a backend answers with. */
const errors: ReadonlyArray<readonly [Errors.BaanxError, Schema.Schema.All, number]> = [
  [new Errors.MissingTokenError({ operation, missing: ["sessionToken", "loginToken"] }), Errors.MissingTokenError, 401],
  [new Errors.InvalidTokenError({ operation, token: "loginToken", reason: "TooLong" }), Errors.InvalidTokenError, 401],
  [new Errors.TransportError({ operation, reason: "Connect", sent: false }), Errors.TransportError, 502],
  [new Errors.UnauthorizedError(refusal), Errors.UnauthorizedError, 401],
  [new Errors.ForbiddenError(refusal), Errors.ForbiddenError, 403],
  [new Errors.InvalidRequestError(refusal), Errors.InvalidRequestError, 400],
  [new Errors.InvalidGrantError({ operation, description: "expired" }), Errors.InvalidGrantError, 401],
  [new Errors.InvalidCredentialsError({ operation, description: "no" }), Errors.InvalidCredentialsError, 401],
  [new Errors.OtpRequiredError({ operation, userId: "u", phoneNumber: undefined }), Errors.OtpRequiredError, 401],
  [new Errors.InvalidOtpError({ operation, description: "no" }), Errors.InvalidOtpError, 401],
  [
    new Errors.AccountDisabledError({ operation, reason: "Locked", description: "no" }),
    Errors.AccountDisabledError,
    403
  ],
  [
    new Errors.OnboardingIncompleteError({ operation, phase: "ACCOUNT", userId: "u" }),
    Errors.OnboardingIncompleteError,
    403
  ],
  [new Errors.RateLimitedError({ operation, retryAfter: Duration.seconds(5) }), Errors.RateLimitedError, 429],
  [new Errors.ServerError({ operation, status: 503, retryAfter: undefined }), Errors.ServerError, 502],
  [
    new Errors.UnexpectedResponseError({ operation, status: 302, reason: "Redirect" }),
    Errors.UnexpectedResponseError,
    502
  ],
  [new Errors.DecodeError({ operation, path: "code", expected: "a string" }), Errors.DecodeError, 502],
  [new Errors.StateMismatchError({ operation }), Errors.StateMismatchError, 400],
  [new Errors.UnknownStateError({ operation }), Errors.UnknownStateError, 400],
  [new Errors.ExpiredStateError({ operation }), Errors.ExpiredStateError, 400],
  [new Errors.ReplayedStateError({ operation }), Errors.ReplayedStateError, 400],
  [new Errors.RedirectMismatchError({ operation, reason: "Location" }), Errors.RedirectMismatchError, 502],
  [new Errors.CallbackError(refusal), Errors.CallbackError, 400],
  [new Errors.InvalidConfigError({ setting: "baseUrl", reason: "it is not a URL" }), Errors.InvalidConfigError, 500],
  [new Errors.SessionLostError({ operation, reason: "NotFound" }), Errors.SessionLostError, 401],
  [new Errors.StoreError({ store: "TokenStore", reason: "WrongKey" }), Errors.StoreError, 503]
]

const unions = new Set(["HttpError", "BaanxError"])

describe("BaanxError", () => {
  it("is listed here whole", () => {
    const tags = Object.keys(Errors).filter((name) => name.endsWith("Error") && !unions.has(name))
    assert.deepStrictEqual(errors.map(([error]) => error._tag).sort(), tags.sort())
  })

  for (const [error, schema, status] of errors) {
    it(`${error._tag} says in one or two sentences what happened and what to do, and answers ${status}`, () => {
      assert.match(error.message, /^[A-Z`a-z].*\.$/s)
      assert.isAtLeast(error.message.split(" ").length, 8)
      assert.isUndefined(error.cause)
      assert.strictEqual(HttpApiSchema.getStatusError(schema), status)
    })
  }

  it.effect("crosses a wire unchanged", () =>
    Effect.gen(function* () {
      const wire = Schema.parseJson(
        Schema.Union(
          Errors.RateLimitedError,
          Errors.TransportError,
          Errors.MissingTokenError,
          Errors.OtpRequiredError,
          Errors.DecodeError
        )
      )
      const codec = { encode: Schema.encode(wire), decode: Schema.decode(wire) }
      for (const error of [
        new Errors.RateLimitedError({ operation, retryAfter: Duration.seconds(5) }),
        new Errors.TransportError({ operation, reason: "Tls", sent: false }),
        new Errors.MissingTokenError({ operation, missing: ["refreshToken"] }),
        new Errors.OtpRequiredError({ operation, userId: "u", phoneNumber: "+44*****1" }),
        new Errors.DecodeError({ operation, path: "a.b", expected: "string" })
      ]) {
        const crossed = yield* codec.decode(yield* codec.encode(error))
        assert.strictEqual(crossed._tag, error._tag)
        assert.strictEqual(crossed.message, error.message)
      }
    })
  )
})

describe("isRetryable", () => {
  const transport = (operation: Errors.Operation, sent: boolean) =>
    Errors.isRetryable(new Errors.TransportError({ operation, reason: "Closed", sent }))
  const server = (operation: Errors.Operation) =>
    Errors.isRetryable(new Errors.ServerError({ operation, status: 503, retryAfter: undefined }))

  it("is true for whatever did not leave", () => {
    for (const operation of Errors.Operation.literals) assert.isTrue(transport(operation, false), operation)
  })

  it("is false for what may have spent a single-use value or counted as a failed login", () => {
    for (const operation of ["login", "authorize", "token", "refresh"] as const) {
      assert.isFalse(transport(operation, true), operation)
      assert.isFalse(server(operation), operation)
    }
    for (const operation of ["initiate", "revoke"] as const) {
      assert.isTrue(transport(operation, true), operation)
      assert.isTrue(server(operation), operation)
    }
  })

  it("is false for every refusal, and true for a store that is away and a rate limit", () => {
    const retryable = errors.filter(([error]) => Errors.isRetryable(error)).map(([error]) => error._tag)
    assert.deepStrictEqual(retryable, ["TransportError", "RateLimitedError"])
    assert.isTrue(Errors.isRetryable(new Errors.StoreError({ store: "TokenStore", reason: "Unavailable" })))
  })
})
