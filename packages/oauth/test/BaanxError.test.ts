import * as Errors from "@effect-baanx/oauth/BaanxError"
import { HttpApiSchema } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Either, Schema, Struct } from "effect"

const operation = "authorize"
const refusal = { operation, code: "invalid_request", description: "no reason given" } as const

/** One of each error, with its class and the HTTP status that a backend responds with. */
const errors: ReadonlyArray<readonly [() => Errors.BaanxError, Schema.Schema.All & { readonly name: string }, number]> =
  [
    [
      () => new Errors.MissingTokenError({ operation, missing: ["sessionToken", "loginToken"] }),
      Errors.MissingTokenError,
      401
    ],
    [
      () => new Errors.InvalidTokenError({ operation, token: "loginToken", reason: "TooLong" }),
      Errors.InvalidTokenError,
      401
    ],
    [() => new Errors.TransportError({ operation, reason: "Connect", sent: false }), Errors.TransportError, 502],
    [() => new Errors.UnauthorizedError(refusal), Errors.UnauthorizedError, 401],
    [() => new Errors.ForbiddenError(refusal), Errors.ForbiddenError, 403],
    [() => new Errors.InvalidRequestError({ ...refusal, status: 422 }), Errors.InvalidRequestError, 400],
    [() => new Errors.InvalidGrantError({ operation, description: "expired" }), Errors.InvalidGrantError, 401],
    [() => new Errors.InvalidCredentialsError({ description: "no" }), Errors.InvalidCredentialsError, 401],
    [() => new Errors.OtpRequiredError({ userId: "u", phoneNumber: undefined }), Errors.OtpRequiredError, 401],
    [() => new Errors.InvalidOtpError({ description: "no" }), Errors.InvalidOtpError, 401],
    [() => new Errors.AccountDisabledError({ reason: "Locked", description: "no" }), Errors.AccountDisabledError, 403],
    [
      () => new Errors.OnboardingIncompleteError({ phase: "ACCOUNT", userId: "u" }),
      Errors.OnboardingIncompleteError,
      403
    ],
    [() => new Errors.RateLimitedError({ operation, retryAfter: Duration.seconds(5) }), Errors.RateLimitedError, 429],
    [() => new Errors.ServerError({ operation, status: 503, retryAfter: undefined }), Errors.ServerError, 502],
    [
      () => new Errors.UnexpectedResponseError({ operation, status: 302, reason: "Redirect" }),
      Errors.UnexpectedResponseError,
      502
    ],
    [() => new Errors.DecodeError({ operation, path: "code", expected: "a string" }), Errors.DecodeError, 502],
    [() => new Errors.StateMismatchError(), Errors.StateMismatchError, 400],
    [() => new Errors.UnknownStateError(), Errors.UnknownStateError, 400],
    [() => new Errors.ExpiredStateError(), Errors.ExpiredStateError, 400],
    [() => new Errors.ReplayedStateError(), Errors.ReplayedStateError, 400],
    [() => new Errors.RedirectMismatchError({ operation, reason: "Location" }), Errors.RedirectMismatchError, 502],
    [() => new Errors.CallbackError({ code: "access_denied", description: "no" }), Errors.CallbackError, 400],
    [
      () => new Errors.InvalidConfigError({ setting: "baseUrl", reason: "it is not a URL" }),
      Errors.InvalidConfigError,
      500
    ],
    [() => new Errors.SessionLostError({ reason: "NotFound" }), Errors.SessionLostError, 401],
    [() => new Errors.StoreError({ store: "TokenStore", reason: "WrongKey" }), Errors.StoreError, 503]
  ]

const unions = new Set(["HttpError", "BaanxError"])

describe("BaanxError", () => {
  it("is tested with every error class", () => {
    const tags = Object.keys(Errors).filter((name) => name.endsWith("Error") && !unions.has(name))
    assert.deepStrictEqual(errors.map(([make]) => make()._tag).sort(), tags.sort())
  })

  for (const [make, schema, status] of errors) {
    it(`${schema.name} has a message in whole sentences, no cause, and the HTTP status ${status}`, () => {
      const error = make()
      assert.match(error.message, /^[A-Z`a-z].*\.$/s)
      assert.isAtLeast(error.message.split(" ").length, 8)
      assert.isUndefined(error.cause)
      assert.strictEqual(HttpApiSchema.getStatusError(schema), status)
    })
  }

  for (const [make, { name }] of errors) {
    it(`${name} is encoded as JSON with its message, and decoded unchanged`, () => {
      const error = make()
      const text = Schema.encodeSync(Schema.parseJson(Errors.BaanxError))(error)
      const sent = Schema.decodeUnknownSync(
        Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
      )(text)
      assert.strictEqual(sent["message"], error.message)
      const receive = Schema.decodeUnknownSync(Errors.BaanxError)
      // The message is derived from the tag and the fields, so that a forged one is ignored.
      for (const wire of [sent, Struct.omit(sent, "message"), { ...sent, message: "forged" }]) {
        const received = receive(wire)
        assert.strictEqual(received.message, error.message)
        assert.deepStrictEqual(received, error)
        assert.isFalse(Object.hasOwn(received, "message"))
      }
    })
  }
})

it("an error cannot be decoded from anything but an object", () => {
  for (const wire of [undefined, null, "text", 1, []]) {
    assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(Errors.StateMismatchError)(wire)))
  }
})

describe("an error that only one operation fails with", () => {
  for (const [tag, operation] of [
    ["InvalidCredentialsError", "login"],
    ["OtpRequiredError", "login"],
    ["InvalidOtpError", "login"],
    ["AccountDisabledError", "login"],
    ["OnboardingIncompleteError", "login"],
    ["StateMismatchError", "authorize"],
    ["UnknownStateError", "authorize"],
    ["ExpiredStateError", "authorize"],
    ["ReplayedStateError", "authorize"],
    ["CallbackError", "authorize"],
    ["SessionLostError", "refresh"]
  ] as const) {
    it(`has it as its operation: ${tag}, ${operation}`, () => {
      const error = errors.map(([make]) => make()).find(({ _tag }) => _tag === tag)
      assert.deepInclude(error, { operation })
    })
  }
})

describe("isRetryable", () => {
  const transport = (operation: Errors.Operation, sent: boolean) =>
    Errors.isRetryable(new Errors.TransportError({ operation, reason: "Closed", sent }))
  const server = (operation: Errors.Operation) =>
    Errors.isRetryable(new Errors.ServerError({ operation, status: 503, retryAfter: undefined }))

  it("is true for a request that was not sent", () => {
    for (const operation of Errors.Operation.literals) assert.isTrue(transport(operation, false), operation)
  })

  it("is false for a request that may have used up a single-use value or counted as a failed login", () => {
    for (const operation of ["login", "authorize", "token", "refresh"] as const) {
      assert.isFalse(transport(operation, true), operation)
      assert.isFalse(server(operation), operation)
    }
    for (const operation of ["initiate", "revoke"] as const) {
      assert.isTrue(transport(operation, true), operation)
      assert.isTrue(server(operation), operation)
    }
  })

  it("is false for a transport error that a retry cannot change", () => {
    for (const reason of ["Invalid", "TooLarge", "Encoding", "Outside"] as const) {
      for (const sent of [false, true]) {
        assert.isFalse(Errors.isRetryable(new Errors.TransportError({ operation: "initiate", reason, sent })), reason)
      }
    }
  })

  it("is false for every refusal, and true for a rate limit and a store that is unavailable", () => {
    const retryable = new Set(["TransportError", "RateLimitedError"])
    for (const [make, { name }] of errors) assert.strictEqual(Errors.isRetryable(make()), retryable.has(name), name)
    for (const reason of ["Unavailable", "Timeout"] as const) {
      assert.isTrue(Errors.isRetryable(new Errors.StoreError({ store: "TokenStore", reason })))
    }
  })
})

describe("the message of an error", () => {
  const says = (make: () => Errors.BaanxError, text: string) => {
    it(`says "${text}"`, () => {
      const error = make()
      assert.include(error.message, text)
      assert.notInclude(error.message, "undefined")
    })
  }
  const token = (reason: Errors.InvalidTokenError["reason"]) =>
    new Errors.InvalidTokenError({ operation, token: "sessionToken", reason })
  const transport = (reason: Errors.TransportError["reason"], sent = true) =>
    new Errors.TransportError({ operation, reason, sent })
  const unauthorized = (code: string) => new Errors.UnauthorizedError({ operation, code, description: "why" })
  const grant = (operation: Errors.Operation) => new Errors.InvalidGrantError({ operation, description: "why" })
  const disabled = (reason: Errors.AccountDisabledError["reason"]) =>
    new Errors.AccountDisabledError({ reason, description: "why" })
  const limited = (retryAfter: Duration.Duration | undefined) => new Errors.RateLimitedError({ operation, retryAfter })
  const unexpected = (reason: Errors.UnexpectedResponseError["reason"]) =>
    new Errors.UnexpectedResponseError({ operation, status: 200, reason })
  const decode = (path: string) => new Errors.DecodeError({ operation, path, expected: "string" })
  const redirect = (reason: Errors.RedirectMismatchError["reason"]) =>
    new Errors.RedirectMismatchError({ operation, reason })
  const callback = (code: string) => new Errors.CallbackError({ code, description: "why" })
  const lost = (reason: Errors.SessionLostError["reason"]) => new Errors.SessionLostError({ reason })
  const store = (reason: Errors.StoreError["reason"]) => new Errors.StoreError({ store: "TokenStore", reason })

  says(
    () => new Errors.MissingTokenError({ operation, missing: ["sessionToken", "loginToken"] }),
    "sessionToken and loginToken"
  )
  for (const name of [
    "sessionToken",
    "loginToken",
    "authorizationCode",
    "codeVerifier",
    "accessToken",
    "refreshToken"
  ] as const) {
    says(() => new Errors.InvalidTokenError({ operation, token: name, reason: "TooLong" }), `The ${name} is too long`)
  }
  says(() => token("ForbiddenCharacter"), "The sessionToken has a character that cannot be sent")
  says(() => token("NotAJwt"), "does not have the form of a JWT")
  says(() => token("NotAVerifier"), "is not 43 to 128 unreserved characters")
  says(() => transport("Connect", false), "No connection to Baanx could be made")
  says(() => transport("Connect", false), "was not sent and can be repeated")
  says(() => transport("Outside"), "about to leave the base URL and was stopped")
  says(() => transport("Timeout"), "did not respond in time. The authorize request may have arrived")
  says(() => transport("Closed"), "The connection closed before the response was complete")
  says(() => transport("Encoding"), "compressed in a way that the HTTP client does not support")
  says(() => transport("Tls"), "The TLS handshake with Baanx failed")
  says(() => transport("TooLarge"), "exceeds a size limit of the HTTP client")
  says(() => transport("Protocol"), "The response is not valid HTTP")
  says(() => transport("Invalid", false), "The request is not valid HTTP")
  says(() => transport("Unknown"), "The request to Baanx failed")
  says(() => unauthorized("invalid_client_key"), "does not accept the client key (why)")
  says(() => unauthorized("missing_client_key"), "Baanx does not accept the client key (why)")
  says(() => unauthorized("unauthorized"), "refused the authorize request (why)")
  says(() => grant("authorize"), "The session token was already used")
  says(() => grant("token"), "The authorization code was already used")
  says(() => grant("refresh"), "The refresh token was already used")
  says(() => grant("revoke"), "The grant was already used")
  says(() => disabled("Locked"), "is locked after failed logins (why)")
  says(() => disabled("Disabled"), "is disabled (why)")
  says(() => limited(Duration.seconds(1)), "Wait for retryAfter before")
  says(() => limited(undefined), "Wait a while before")
  says(() => unexpected("Redirect"), "with a redirect, which is never followed")
  says(() => unexpected("Status"), "with a status that the API does not know")
  says(() => unexpected("ContentType"), "with a content type that is not JSON")
  says(() => unexpected("NotJson"), "with a body that is not JSON")
  says(() => unexpected("TooLarge"), "with a body over 64 KiB")
  says(
    () => unexpected("Intermediary"),
    "Something in front of Baanx, such as a proxy or a firewall, refused the authorize"
  )
  says(() => decode(""), "at the root, expected string")
  says(() => decode("a.b"), "at a.b, expected string")
  says(() => redirect("NotAUrl"), "is not a URL")
  says(() => redirect("Location"), "leads elsewhere")
  says(() => redirect("Location"), "behind a proxy that terminates TLS, pass `request.url`")
  says(() => redirect("Fragment"), "has a fragment")
  says(() => redirect("Code"), "exactly the code of the response")
  says(() => redirect("State"), "exactly the state of the response")
  says(() => redirect("UnknownParameter"), "carries a parameter that does not belong there")
  says(() => redirect("MissingParameter"), "lacks a parameter of the registered redirect URI")
  it("mentions a proxy only if the redirect URL leads elsewhere", () => {
    assert.match(redirect("Fragment").message, /the redirect URI that is registered with Baanx\.$/)
  })
  says(() => callback("access_denied"), "The user did not allow the sign-in")
  says(() => callback("server_error"), "The sign-in ended with server_error (why)")
  says(() => lost("NotFound"), "No session is stored under this key")
  says(() => lost("RefreshTokenSpent"), "The refresh token of this session was already used or revoked")
  says(() => lost("RefreshTokenExpired"), "The refresh token of this session has expired")
  says(() => lost("NoRefreshToken"), "The access token of this session has expired, and there is no refresh token")
  says(() => lost("RefreshNotSaved"), "renewed by a process that ended before it saved them")
  says(() => store("Unavailable"), "The store TokenStore cannot be reached")
  says(() => store("Timeout"), "The store TokenStore did not respond in time")
  says(() => store("Full"), "holds as many sign-ins as its capacity allows")
  says(
    () => new Errors.StoreError({ store: "PendingAuthorizations", reason: "Unavailable" }),
    "The store PendingAuthorizations cannot be reached"
  )
  says(() => store("WrongKey"), "sealed with a key that is not in the key ring")
  says(() => store("Corrupt"), "holds a record that cannot be read")
})
