/**
 * Replacements in individual files, after all rules, for differences that a test sees and no rule covers. A text that
 * is not found stops the build.
 */
export interface Patch {
  readonly file: string
  readonly why: string
  readonly texts: ReadonlyArray<readonly [before: string, after: string]>
}

const oneError = "Every failure of an HttpClient is an HttpClientError, which has its kind as `reason`"

const noExit = "The exit of a fiber that has not ended is undefined, where Effect 3 has null"

export const patches: ReadonlyArray<Patch> = [
  {
    file: "packages/server/src/BaanxAuth.ts",
    why: "Effect 4 leaves the unreadable request out of an API's document, and documents errors in another form",
    texts: [
      [`error: [`, `error: [...errorsOf(HttpApiDecodeError), `],
      [`ForeignOriginError, BodyTooLargeError]`, `...errorsOf(ForeignOriginError), ...errorsOf(BodyTooLargeError)]`],
      [`payload: PasswordForm`, `payload: documented(PasswordForm)`],
      [`disableCodecs: true })`, `disableCodecs: true }).annotate(OpenApi.Transform, operation)`],
      [
        `import { PasswordForm }`,
        `import * as OpenApi from "effect/http-api/OpenApi"
import { documented, operation } from "./internal/documented.js"
import { HttpApiDecodeError } from "./internal/runtime.js"
import { PasswordForm }`
      ]
    ]
  },
  {
    file: "packages/sql/test/Replica.ts",
    why: oneError,
    texts: [[`error._tag === "RequestError" ? error.cause`, `error._tag === "HttpClientError" ? error.cause`]]
  },
  {
    file: "packages/oauth/test/ReadBody.test.ts",
    why: "The identifiers of types are constants",
    texts: [
      [`: HttpIncomingMessage.TypeId =`, `: typeof HttpIncomingMessage.TypeId =`],
      [`: HttpClientResponse.TypeId =`, `: typeof HttpClientResponse.TypeId =`],
      [
        `  readonly cookies = Cookies.empty`,
        `  readonly url = "/"
  readonly upgrade = unread
  pipe() {
    return pipeArguments(this, arguments)
  }
  readonly cookies = Cookies.empty`
      ],
      [
        `import * as Option from "effect/Option"`,
        `import * as Option from "effect/Option"\nimport { pipeArguments } from "effect/Pipeable"`
      ]
    ]
  },
  {
    file: "packages/sql/test/Postgres.ts",
    why: "The pool of the new driver ends idle connections by the test clock, however far that is set forward",
    texts: [[`host: directory,\n`, `host: directory,\n      idleTimeout: "20 days" as const,\n`]]
  },
  {
    file: "packages/sql/test/PostgresStores.test.ts",
    why: "The new driver takes a stream that connects by itself, and one statement at a time; to connect, it sleeps",
    texts: [
      [
        `yield* shared.sql.unsafe(statements)`,
        `const single = statements.split(/;\\n(?!\\s|END)/).filter((text) => !/^(?:BEGIN|COMMIT|)$/.test(text))
        yield* shared.sql.withTransaction(Effect.forEach(single, (text) => shared.sql.unsafe(text)))`
      ],
      [`const inside = yield* sql`, "yield* sql`SELECT 1`\n        const inside = yield* sql"],
      [
        `stream: countingSocket(() => roundTrips++)`,
        `stream: () => {
            const { host, port } = server.client(shared.name)
            return countingSocket(() => roundTrips++)().connect(\`\${host}/.s.PGSQL.\${port}\`)
          }`
      ]
    ]
  },
  {
    file: "packages/server/test/Failures.test.ts",
    why: "The annotations of a log line are those of its fiber; an API is a layer that asks for a router",
    texts: [
      [
        `Layer.Layer<HttpRouter.HttpRouter, InvalidConfigError, Baanx.Baanx>`,
        `Layer.Layer<never, InvalidConfigError, Layer.Services<ReturnType<typeof backend>>>`
      ],
      [`({ annotations, cause, message }) =>`, `({ cause, fiber, message }) =>`],
      [`[...annotations]`, `fiber.getRef(References.CurrentLogAnnotations)`],
      [
        `import * as Tracer from "effect/Tracer"`,
        `import * as References from "effect/References"\nimport * as Tracer from "effect/Tracer"`
      ]
    ]
  },
  {
    file: "packages/sql/test/KeyRing.test.ts",
    why: "There is one ConfigError",
    texts: [
      [
        `toMatchObject({ _op: "MissingData" })`,
        `toMatchObject({ _tag: "ConfigError", message: expect.stringContaining("BAANX_STORE_KEYS") })`
      ]
    ]
  },
  {
    file: "packages/oauth/test/SessionModel.test.ts",
    why: "The members of a Clock have other names",
    texts: [
      [`unsafeCurrentTimeMillis(`, `currentTimeMillisUnsafe(`],
      [
        `unsafeCurrentTimeNanos(): bigint {`,
        `monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }

  readonly monotonicTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())

  currentTimeNanosUnsafe(): bigint {`
      ],
      [`this.unsafeCurrentTimeNanos()`, `this.currentTimeNanosUnsafe()`],
      [`Effect.gen(this, function*`, `Effect.gen({ self: this }, function*`]
    ]
  },
  {
    file: "packages/oauth/test/UserResponse.test.ts",
    why: oneError,
    texts: [
      [
        `assert.deepStrictEqual(yield* (yield* seenOf("a=1")).urlParamsBody, [["a", "1"]])`,
        `assert.deepStrictEqual((yield* (yield* seenOf("a=1")).urlParamsBody).params, [["a", "1"]])`
      ],
      [`_id: "@effect/platform/HttpClientResponse"`, `_id: "HttpClientResponse"`],
      [`assert.strictEqual(error._tag, "ResponseError")`, `assert.isDefined(error.response)`],
      [
        `{ _tag: "RequestError", reason })`,
        `{ _tag: "HttpClientError" })\n        assert.strictEqual(error.reason._tag, \`\${reason}Error\`)`
      ],
      [
        `assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })`,
        `assert.strictEqual(error.reason._tag, "TransportError")`
      ]
    ]
  },
  {
    file: "packages/oauth/test/MockLayers.test.ts",
    why: oneError,
    texts: [
      [
        `assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })`,
        `assert.strictEqual(error.reason._tag, "TransportError")`
      ]
    ]
  },
  {
    file: "packages/oauth/test/BaanxClient.test.ts",
    why: `${oneError}; the decoder words what it expects differently; the options of a span are one object`,
    texts: [
      [`"", "{ readonly a: string }")`, `"", "an object")`],
      [`true, "", "string")`, `true, "", "string | number")`],
      [`{ a: "" }, "a", "NonEmptyString")`, `{ a: "" }, "a", "a value with a length of at least 1")`],
      [`"Positive"`, `"a value greater than 0"`],
      [
        `const endpoint = HttpApiEndpoint.post("x"`,
        `const texts = ["grant_type", "response_type", "code_challenge_method", "mode", "region", "token_hint", "state"]
  const fields = Object.fromEntries(texts.map((name) => [name, Schema.optional(Schema.String)] as const))
  const endpoint = HttpApiEndpoint.post("x"`
      ],
      [`{ query: words, payload`, `{ query: fields, payload`],
      [
        `Schema.Struct({ b: Schema.optional(Schema.String) }).annotate({ parseOptions: { onExcessProperty: "error" } })`,
        `strict(Schema.Struct({ b: Schema.optional(Schema.String) }))`
      ],
      [
        `import { clientOver, plainKeys } from "./Fixtures.js"`,
        `import { strict } from "@effect-baanx/testing/schema"\nimport { clientOver, plainKeys } from "./Fixtures.js"`
      ],
      [
        `span: (name, parent, context, links, startTime, kind, options) => {
            ports.push(options?.attributes?.["server.port"])
            return native.span(name, parent, context, links, startTime, kind, options)`,
        `span: (options) => {
            const span = native.span(options)
            const attribute = span.attribute.bind(span)
            span.attribute = (key, value) => {
              if (key === "server.port") ports.push(value)
              attribute(key, value)
            }
            return span`
      ],
      [`assert.strictEqual(error._tag, "RequestError")`, `assert.strictEqual(error._tag, "HttpClientError")`]
    ]
  },
  {
    file: "packages/oauth/test/SessionHttpClient.test.ts",
    why: oneError,
    texts: [
      [`error._tag === "RequestError" && error.cause`, `error._tag === "HttpClientError" && error.cause`],
      [
        `assert.deepInclude(yield* Effect.flip(user), { _tag: "RequestError", reason: "Transport" })`,
        `assert.nestedPropertyVal(yield* Effect.flip(user), "reason._tag", "TransportError")`
      ],
      [
        `assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })`,
        `assert.strictEqual(error.reason._tag, "TransportError")`
      ]
    ]
  },
  {
    file: "packages/oauth/test/TokenSession.test.ts",
    why: noExit,
    texts: [[`assert.isNull(fiber.pollUnsafe())`, `assert.isUndefined(fiber.pollUnsafe())`]]
  },
  {
    file: "packages/oauth/test/AuthorizeSuite.ts",
    why: "The decoder words what it expects differently",
    texts: [[`expected: "NonEmptyString"`, `expected: "a value with a length of at least 1"`]]
  },
  {
    file: "packages/oauth/test/AuthorizeService.test.ts",
    why: noExit,
    texts: [[`assert.isNull(fiber.pollUnsafe())`, `assert.isUndefined(fiber.pollUnsafe())`]]
  },
  {
    file: "packages/oauth/test/adversarial/ClimbingPaths.test.ts",
    why: oneError,
    texts: [
      [
        `assert.deepInclude(end.failure, { _tag: "RequestError", reason: "InvalidUrl" })`,
        `assert.strictEqual(end.failure.reason._tag, "InvalidUrlError")`
      ]
    ]
  },
  {
    file: "packages/oauth/test/adversarial/ClockJumps.test.ts",
    why: "An Option is not an effect",
    texts: [[`Effect.flatten(store.get(key))`, `Effect.flatMap(store.get(key), (found) => Effect.fromOption(found))`]]
  },
  {
    file: "packages/oauth/test/adversarial/OtherHosts.test.ts",
    why: oneError,
    texts: [
      [`{ _tag: "RequestError", request: userRequest }`, `{ _tag: "HttpClientError", request: userRequest }`],
      // Node's fetch does not accept an agent of undici 8, the version in the platform.
      [`const { Agent, interceptors } =`, `const { interceptors } =`],
      [`import { turnsOf } from "../Size.js"`, `import { turnsOf } from "../Size.js"\nimport { Agent } from "undici"`]
    ]
  },
  {
    file: "packages/node/test/Connections.test.ts",
    why: "A forked fiber begins only once its parent yields",
    texts: [
      [
        `const second = yield* Effect.forkChild(client.execute(post(server.url)))`,
        `const second = yield* Effect.forkChild(client.execute(post(server.url)))\n      yield* Effect.yieldNow`
      ]
    ]
  },
  {
    file: "packages/node/test/NodeHttpClient.test.ts",
    why: "The parameters of a URL are an object",
    texts: [[`yield* response.urlParamsBody, [`, `(yield* response.urlParamsBody).params, [`]]
  },
  {
    file: "packages/node/test/ResponseBodies.test.ts",
    why: oneError,
    texts: [
      [`assert.strictEqual(again._tag, "ResponseError")`, `assert.isDefined(again.response)`],
      [`again.description`, `again.reason.description`]
    ]
  },
  {
    file: "packages/node/test/Calls.ts",
    why: oneError,
    texts: [
      [
        `{ error: error._tag, reason, sent }`,
        `{ error: error.response === undefined ? "RequestError" : "ResponseError", reason, sent }`
      ]
    ]
  }
]

/** Applies the replacements for a file. Fails if a text is not found. */
export const patch = (file: string, text: string): string =>
  patches
    .filter((patch) => patch.file === file)
    .flatMap(({ texts }) => texts)
    .reduce((before, [from, to]) => {
      if (!before.includes(from)) throw new Error(`${file}: Patches.ts does not find: ${from}`)
      return before.replaceAll(from, to)
    }, text)
