import { Baanx, type BaanxConfig, configFromEnvironment } from "@effect-baanx/oauth"
import { resolveConfig } from "@effect-baanx/oauth/BaanxConfig"
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, FastCheck, Layer, Redacted } from "effect"

const clientKey = Redacted.make("client-key")
const resolve = (config: Partial<BaanxConfig>) => resolveConfig({ clientKey, ...config })

describe("BaanxConfig", () => {
  it.effect("fills in the defaults", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* resolve({}), {
        baseUrl: "https://dev.api.baanx.com",
        clientKey,
        secretKey: undefined,
        secretKeyOn: new Set(["initiate"] as const),
        region: "international",
        pathFamily: "oauth",
        timeout: Duration.seconds(10),
        queueTimeout: Duration.seconds(30),
        maxTokenLength: 16_384,
        signOutBy: "revoke",
        exchangeFields: new Set<never>(),
        appRegions: new Map([
          ["FOX", "international"],
          ["FOX_US", "us"],
          ["LEDGERUAT", "international"],
          ["LEDGERUS", "us"],
          ["SANDBOX", "international"],
          ["SANDBOX_US", "us"]
        ] as const),
        scopes: ["openid", "profile", "email", "offline_access"],
        issuer: undefined
      })
    })
  )

  it.effect("accepts https, and http on loopback", () =>
    Effect.gen(function* () {
      for (const [given, resolved] of [
        ["https://api.baanx.com", "https://api.baanx.com"],
        ["https://API.baanx.com/", "https://api.baanx.com"],
        ["https://card.example.com/baanx//", "https://card.example.com/baanx"],
        ["http://localhost:4000", "http://localhost:4000"],
        ["http://127.0.0.1:4000", "http://127.0.0.1:4000"],
        ["http://127.255.0.9:4000", "http://127.255.0.9:4000"],
        ["http://[::1]:4000", "http://[::1]:4000"],
        [new URL("https://api.baanx.com/"), "https://api.baanx.com"]
      ] as const) {
        assert.strictEqual((yield* resolve({ baseUrl: given })).baseUrl, resolved)
      }
    })
  )

  for (const [title, config, setting, reason] of [
    ["a base URL without a scheme", { baseUrl: "api.baanx.com" }, "baseUrl", "it is not a URL"],
    ["a base URL over plain http", { baseUrl: "http://api.baanx.com" }, "baseUrl", "it must be https"],
    ["a base URL with another scheme on loopback", { baseUrl: "ftp://localhost" }, "baseUrl", "it must be https"],
    [
      "a base URL with a user name",
      { baseUrl: "https://user@api.baanx.com" },
      "baseUrl",
      "it must not contain user info"
    ],
    [
      "a base URL with only a password",
      { baseUrl: "https://:word@api.baanx.com" },
      "baseUrl",
      "it must not contain user info"
    ],
    [
      "a base URL with a query",
      { baseUrl: "https://api.baanx.com?" },
      "baseUrl",
      "it must not contain a query or a fragment"
    ],
    ["an empty client key", { clientKey: Redacted.make("") }, "clientKey", "it is empty"],
    ["a blank client key", { clientKey: Redacted.make(" ") }, "clientKey", "it is empty"],
    [
      "a client key with a line break",
      { clientKey: Redacted.make("a\nb") },
      "clientKey",
      "a character that is not allowed in a header"
    ],
    ["a blank secret key", { secretKey: Redacted.make("\t") }, "secretKey", "it is empty"],
    ["a timeout of zero", { timeout: 0 }, "timeout", "it must be a finite time above zero"],
    ["a queue timeout of zero", { queueTimeout: 0 }, "queueTimeout", "it must be a finite time above zero"],
    ["a token length of zero", { maxTokenLength: 0 }, "maxTokenLength", "it must be a whole number above zero"],
    ["half a character", { maxTokenLength: 1.5 }, "maxTokenLength", "it must be a whole number above zero"],
    ["tokens without a limit", { maxTokenLength: Infinity }, "maxTokenLength", "it must be a whole number above zero"]
  ] as const) {
    it.effect(`rejects ${title}: ${setting}, "${reason}"`, () =>
      Effect.map(Effect.flip(resolve(config)), (error) => {
        assert.strictEqual(error.setting, setting)
        assert.include(error.reason, reason)
      })
    )
  }

  it.effect("accepts a token length of one character", () =>
    Effect.map(resolve({ maxTokenLength: 1 }), ({ maxTokenLength }) => assert.strictEqual(maxTokenLength, 1))
  )

  it.effect("rejects any other base URL when the layer is built, without quoting it", () =>
    Effect.gen(function* () {
      for (const baseUrl of [
        "",
        "api.baanx.com",
        "http://api.baanx.com",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://128.0.0.1",
        "http://0.0.0.0",
        "http://[::2]",
        "ftp://api.baanx.com",
        "https://user:hunter2@api.baanx.com",
        "https://hunter2@api.baanx.com",
        "https://api.baanx.com?key=hunter2",
        "https://api.baanx.com?",
        "https://api.baanx.com#hunter2",
        "https://api.baanx.com#"
      ]) {
        const error = yield* Effect.flip(
          Layer.build(Baanx.layer({ clientKey, baseUrl }).pipe(Layer.provide(FetchHttpClient.layer)))
        )
        assert.strictEqual(error._tag, "InvalidConfigError")
        assert.strictEqual(error.setting, "baseUrl", baseUrl)
        assert.notInclude(JSON.stringify(error) + String(error), "hunter2")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("rejects a key that a header cannot carry and a timeout that is not a finite time above zero", () =>
    Effect.gen(function* () {
      for (const [config, setting] of [
        [{ clientKey: Redacted.make("") }, "clientKey"],
        [{ clientKey: Redacted.make("  ") }, "clientKey"],
        [{ clientKey: Redacted.make("a\r\nb") }, "clientKey"],
        [{ secretKey: Redacted.make("ké") }, "secretKey"],
        [{ timeout: 0 }, "timeout"],
        [{ timeout: -1 }, "timeout"],
        [{ timeout: Duration.infinity }, "timeout"]
      ] as const) {
        assert.strictEqual((yield* Effect.flip(resolve(config))).setting, setting)
      }
    })
  )

  it.effect.prop(
    "resolves or fails with a typed error for any base URL",
    [FastCheck.string({ unit: "binary" })],
    ([baseUrl]) => Effect.ignore(resolve({ baseUrl }))
  )

  for (const [title, options] of [
    ["the environment", { pathDelim: "_", seqDelim: "," }],
    ["a map keyed by their names", undefined]
  ] as const) {
    it.effect(`is read from BAANX_… variables in ${title}, and names a variable that is missing or wrong`, () =>
      Effect.gen(function* () {
        const fromEnvironment = (environment: Record<string, string>) =>
          Effect.withConfigProvider(
            configFromEnvironment,
            ConfigProvider.fromMap(new Map(Object.entries(environment)), options)
          )
        assert.deepStrictEqual(
          yield* fromEnvironment({
            BAANX_BASE_URL: "https://api.baanx.com",
            BAANX_CLIENT_KEY: "client-key",
            BAANX_SECRET_KEY: "secret-key",
            BAANX_REGION: "us",
            BAANX_PATH_FAMILY: "oauth2",
            BAANX_TIMEOUT: "5 seconds"
          }),
          {
            baseUrl: "https://api.baanx.com",
            clientKey,
            secretKey: Redacted.make("secret-key"),
            region: "us",
            pathFamily: "oauth2",
            timeout: Duration.seconds(5)
          }
        )
        assert.strictEqual((yield* fromEnvironment({ BAANX_CLIENT_KEY: "client-key" })).region, undefined)
        const error = yield* Effect.flip(fromEnvironment({}))
        assert.include(String(error), 'BAANX_CLIENT_KEY: "it is not set. Baanx issues client keys')
        assert.include(String(error), "baanx sandbox")
        const wrong = yield* Effect.flip(fromEnvironment({ BAANX_CLIENT_KEY: "client-key", BAANX_REGION: "mars" }))
        assert.include(String(wrong), "BAANX_REGION")
      })
    )
  }
})
