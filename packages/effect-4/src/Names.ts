/**
 * The names of Effect 3 that the packages use, and what Effect 4 calls them. A name that is not listed stops the build. So
 * `same` is a rule too: somebody has checked that the name still means the same.
 */

export interface Module {
  /** The module of Effect 4. */
  readonly to: string
  /** Its local name, where that of Effect 3 would mislead. */
  readonly as?: string
  /** Names that stay. */
  readonly same: ReadonlySet<string>
  /** Names that change; `module#name` where they are in another module now. */
  readonly now?: Readonly<Record<string, string>>
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""))

export const modules: Readonly<Record<string, Module>> = {
  "effect/Array": {
    to: "effect/Array",
    same: words("NonEmptyReadonlyArray groupBy head headNonEmpty makeBy map range reverse rotate zip zipWith"),
    now: { isNonEmptyArray: "isArrayNonEmpty", isNonEmptyReadonlyArray: "isReadonlyArrayNonEmpty" }
  },
  "effect/Brand": { to: "effect/Brand", same: words("Brand") },
  "effect/Cause": {
    to: "effect/Cause",
    same: words("Cause YieldableError fail map pretty"),
    now: { TimeoutException: "TimeoutError", failureOption: "findErrorOption", isInterrupted: "hasInterrupts" }
  },
  "effect/Clock": { to: "effect/Clock", same: words("Clock currentTimeMillis") },
  "effect/Config": {
    to: "effect/Config",
    same: words("Config all option orElse withDefault"),
    now: {
      boolean: "Boolean",
      duration: "Duration",
      integer: "Int",
      redacted: "Redacted",
      string: "String",
      array: "Array"
    }
  },
  "effect/ConfigError": { to: "effect/Config", same: words("ConfigError") },
  "effect/Console": { to: "effect/Console", same: words("log") },
  "effect/Context": {
    to: "effect/Context",
    same: words("Context add empty get getOption make merge omit"),
    now: { Tag: "Key" }
  },
  "effect/Data": { to: "effect/Data", same: words("TaggedEnum TaggedError taggedEnum") },
  "effect/DateTime": {
    to: "effect/DateTime",
    same: words("Utc add addDuration formatIso max now subtract toEpochMillis"),
    now: {
      greaterThan: "isGreaterThan",
      lessThan: "isLessThan",
      lessThanOrEqualTo: "isLessThanOrEqualTo",
      unsafeFromDate: "fromDateUnsafe",
      unsafeMake: "makeUnsafe"
    }
  },
  "effect/Deferred": { to: "effect/Deferred", same: words("Deferred await done fail make succeed") },
  "effect/Duration": {
    to: "effect/Duration",
    same: words(
      "Duration days hours infinity isFinite millis min minutes seconds subtract sum times toMillis toSeconds zero"
    ),
    now: { DurationInput: "Input", decode: "fromInputUnsafe", decodeUnknown: "fromInput" }
  },
  "effect/Effect": {
    to: "effect/Effect",
    same: words(`
      Effect acquireRelease addFinalizer all annotateCurrentSpan annotateLogs as asVoid catchIf catchTag catchTags
      delay die ensuring eventually exit fail failCause flatMap flatten flip forEach forever forkIn forkScoped gen ignore
      interruptible logDebug logError logInfo logWarning map mapBoth mapError match matchCauseEffect matchEffect never
      onError onExit option orDie promise provide provideService race raceFirst repeat replicateEffect retry runFork runPromise runSync
      scope scoped sleep succeed succeedNone succeedSome suspend sync tapError tapErrorTag timed timeoutOption tracer
      try tryPromise uninterruptible uninterruptibleMask void withSpan withTracer withTracerEnabled`),
    now: {
      "Effect.Success": "Success",
      async: "callback",
      catchAll: "catch",
      catchAllCause: "catchCause",
      catchAllDefect: "catchDefect",
      either: "result",
      fork: "forkChild",
      forkDaemon: "forkDetach",
      mapInputContext: "updateContext",
      makeSemaphore: "effect/Semaphore#make",
      tapErrorCause: "tapCause",
      zipRight: "andThen"
    }
  },
  "effect/Either": {
    to: "effect/Result",
    as: "Result",
    same: words("all flatMap fromOption getOrThrow getOrUndefined map void"),
    now: {
      Either: "Result",
      isLeft: "isFailure",
      isRight: "isSuccess",
      left: "fail",
      mapLeft: "mapError",
      right: "succeed"
    }
  },
  "effect/Encoding": {
    to: "effect/encoding/Base64Url",
    same: words(""),
    now: {
      decodeBase64Url: "effect/encoding/Base64Url#decode",
      encodeBase64: "effect/encoding/Base64#encode",
      encodeBase64Url: "effect/encoding/Base64Url#encode",
      encodeHex: "effect/encoding/Hex#encode"
    }
  },
  "effect/Equal": { to: "effect/Equal", same: words("equals") },
  "effect/Exit": { to: "effect/Exit", same: words("Exit isFailure isSuccess void") },
  "effect/Fiber": {
    to: "effect/Fiber",
    same: words("await interrupt interruptAll join joinAll"),
    now: { RuntimeFiber: "Fiber" }
  },
  "effect/Function": { to: "effect/Function", same: words("constFalse constTrue constVoid identity") },
  "effect/Hash": { to: "effect/Hash", same: words("string") },
  "effect/Layer": {
    to: "effect/Layer",
    same: words(
      "Layer build buildWithScope effect effectContext effectDiscard empty mergeAll orDie provide provideMerge succeed succeedContext sync tap"
    ),
    now: { scoped: "effect", scopedDiscard: "effectDiscard", unwrapEffect: "unwrap" }
  },
  "effect/Metric": {
    to: "effect/Metric",
    same: words("Metric counter gauge value"),
    now: { "Metric.Counter": "Counter", set: "update", incrementBy: "update" }
  },
  "effect/MetricState": {
    to: "@effect-baanx/testing/metrics",
    as: "Metrics",
    same: words("isCounterState isHistogramState")
  },
  "effect/Option": {
    to: "effect/Option",
    same: words("Option exists filter flatMap getOrThrow getOrUndefined isNone isSome map match none some"),
    now: { fromNullable: "fromNullishOr" }
  },
  "effect/Predicate": {
    to: "effect/Predicate",
    same: words("hasProperty isString isTagged"),
    now: { isRecord: "isObject" }
  },
  "effect/Queue": {
    to: "effect/Queue",
    same: words("Queue offer offerAll take takeN unbounded"),
    now: { unsafeOffer: "offerUnsafe" }
  },
  "effect/Redacted": { to: "effect/Redacted", same: words("Redacted isRedacted make value") },
  "effect/Schedule": { to: "effect/Schedule", same: words("exponential jittered recurs spaced") },
  "effect/Schema": {
    to: "effect/Schema",
    same: words(`
      Array Boolean Class DurationFromMillis Never Void Int NonEmptyArray NonEmptyString NullOr Number NumberFromString Struct
      TaggedError Unknown brand decodeSync decodeUnknownOption decodeUnknownSync encodeSync is make optional String`),
    now: {
      "Schema.All": "Top",
      DateTimeUtc: "DateTimeUtcFromString",
      Redacted: "RedactedFromValue",
      Schema: "Codec",
      decode: "decodeEffect",
      decodeUnknown: "decodeUnknownEffect",
      decodeUnknownEither: "decodeUnknownResult",
      encode: "encodeEffect",
      parseJson: "fromJsonString"
    }
  },
  "effect/Scope": { to: "effect/Scope", same: words("Scope close make"), now: { extend: "provide" } },
  "effect/Stream": {
    to: "effect/Stream",
    same: words(`
      Stream decodeText empty ensuring fail flatMap fromEffect fromIterable make mapError mkString rechunk runCollect
      runDrain runForEach suspend take takeWhile`)
  },
  "effect/Tracer": {
    to: "effect/Tracer",
    same: words("AnySpan Span SpanKind SpanLink SpanOptions SpanStatus Tracer")
  },
  "effect/Arbitrary": { to: "effect/Arbitrary", same: words("") },
  "effect/Chunk": { to: "effect/Chunk", same: words("Chunk of size") },
  "effect/ConfigProvider": { to: "effect/ConfigProvider", same: words("") },
  "effect/FastCheck": {
    to: "fast-check",
    as: "FastCheck",
    same: words(`
      Arbitrary array assert asyncProperty boolean constant constantFrom dictionary domain infiniteStream integer ipV4 ipV6
      json mixedCase nat object oneof option pre property record sample shuffledSubarray string stringMatching subarray
      tuple uint8Array webPath webUrl`)
  },
  "effect/Inspectable": { to: "effect/Inspectable", same: words("Class") },
  "effect/LogLevel": { to: "effect/LogLevel", same: words("LogLevel") },
  "effect/Logger": {
    to: "effect/Logger",
    same: words("defaultLogger make map"),
    now: { jsonLogger: "formatJson", logfmtLogger: "formatLogFmt" }
  },
  "effect/ManagedRuntime": { to: "effect/ManagedRuntime", same: words("ManagedRuntime make") },
  "effect/Record": { to: "effect/Record", same: words("keys") },
  "effect/Ref": { to: "effect/Ref", same: words("Ref get getAndUpdate make set update") },
  "effect/SchemaAST": { to: "effect/SchemaAST", same: words("AST isUnion") },
  "effect/String": { to: "effect/String", same: words("toLowerCase toUpperCase") },
  "effect/TestClock": { to: "@effect-baanx/testing/TestClock", same: words("adjust setTime") },
  "effect/TestServices": {
    to: "effect/testing/TestClock",
    same: words(""),
    now: { provideLive: "effect/testing/TestClock#withLive" }
  },
  "@effect/vitest": {
    to: "@effect-baanx/testing/vitest",
    same: words("afterEach assert describe expect it vi")
  },
  "@effect/platform-node/NodeHttpClient": {
    to: "@effect/platform-node/NodeHttpClient",
    same: words("Dispatcher layerUndici makeDispatcher"),
    now: {
      UndiciRequestOptions: "UndiciOptions",
      layer: "layerNodeHttp",
      layerUndiciWithoutDispatcher: "layerUndiciNoDispatcher"
    }
  },
  "@effect/platform-node/Undici": {
    to: "@effect/platform-node/Undici",
    same: words("Dispatcher Dispatcher.RequestOptions Agent")
  },
  "effect/Random": { to: "effect/Random", same: words("Random") },
  "@effect/sql-pg/PgClient": {
    to: "@effect/sql-pg/PgClient",
    same: words("layer layerConfig"),
    now: { PgClientConfig: "PgPoolConfig" }
  },
  "@effect/sql-libsql/LibsqlClient": {
    to: "@effect-baanx/testing/SqliteClient",
    as: "SqliteClient",
    same: words("layer")
  },
  "@effect/platform/Cookies": { to: "effect/http/Cookies", same: words("Cookie Cookies empty fromSetCookie") },
  "@effect/platform/FetchHttpClient": { to: "effect/http/FetchHttpClient", same: words("Fetch RequestInit layer") },
  "@effect/platform/Headers": { to: "effect/http/Headers", same: words("Headers Input fromInput set") },
  "@effect/platform/HttpApi": {
    to: "effect/http-api/HttpApi",
    same: words("HttpApi"),
    now: { Api: "effect/http/HttpRouter#HttpRouter" }
  },
  "@effect/platform/HttpApiBuilder": {
    to: "effect/http-api/HttpApiBuilder",
    same: words("group"),
    now: { api: "layer" }
  },
  "@effect/platform/HttpServer": { to: "effect/http/HttpServer", same: words("") },
  "@effect/opentelemetry/NodeSdk": { to: "@effect/opentelemetry/NodeSdk", same: words("layer") },
  "@effect/platform/HttpApiClient": { to: "effect/http-api/HttpApiClient", same: words("make makeWith") },
  "@effect/platform/HttpApiEndpoint": {
    to: "effect/http-api/HttpApiEndpoint",
    same: words("")
  },
  "@effect/platform/HttpApiGroup": {
    to: "effect/http-api/HttpApiGroup",
    same: words("HttpApiGroup make"),
    now: { ApiGroup: "Service", "HttpApiGroup.Any": "Constraint" }
  },
  "@effect/platform/HttpApiMiddleware": { to: "effect/http-api/HttpApiMiddleware", same: words("") },
  "@effect/platform/HttpApiSchema": { to: "effect/http-api/HttpApiSchema", same: words("Empty NoContent") },
  "@effect/platform/HttpApiSecurity": { to: "effect/http-api/HttpApiSecurity", same: words("annotate apiKey") },
  "@effect/platform/HttpBody": {
    to: "effect/http/HttpBody",
    same: words("FormData HttpBody Raw Stream empty formData raw stream text uint8Array")
  },
  "@effect/platform/HttpClient": {
    to: "effect/http/HttpClient",
    same: words(
      "HttpClient filterStatusOk followRedirects make makeWith mapRequest mapRequestInput retry transform transformResponse"
    )
  },
  "@effect/platform/HttpClientError": {
    to: "effect/http/HttpClientError",
    same: words("HttpClientError isHttpClientError"),
    now: { RequestError: "HttpClientError", ResponseError: "HttpClientError" }
  },
  "@effect/platform/HttpClientRequest": {
    to: "effect/http/HttpClientRequest",
    same: words(`
      HttpClientRequest bearerToken bodyStream bodyText bodyUrlParams get make post prependUrl setBody setHeader setHeaders setUrl
      setUrlParam setUrlParams`),
    now: { bodyUnsafeJson: "bodyJsonUnsafe" }
  },
  "@effect/platform/HttpClientResponse": {
    to: "effect/http/HttpClientResponse",
    same: words("HttpClientResponse TypeId filterStatusOk fromWeb schemaBodyJson")
  },
  "@effect/platform/HttpIncomingMessage": { to: "effect/http/HttpIncomingMessage", same: words("TypeId") },
  "@effect/platform/HttpMethod": { to: "effect/http/HttpMethod", same: words("HttpMethod") },
  "@effect/platform/HttpMiddleware": { to: "effect/http/HttpMiddleware", same: words("logger withLoggerDisabled") },
  "@effect/platform/HttpServerRequest": { to: "effect/http/HttpServerRequest", same: words("HttpServerRequest") },
  "@effect/platform/HttpServerResponse": {
    to: "effect/http/HttpServerResponse",
    same: words("HttpServerResponse empty redirect setCookie setHeaders text"),
    now: { unsafeJson: "jsonUnsafe", unsafeSetCookies: "setCookiesUnsafe" }
  },
  "@effect/platform/OpenApi": {
    to: "effect/http-api/OpenApi",
    same: words("Description Title Transform Version fromApi")
  },
  "@effect/sql/Migrator": { to: "effect/sql/Migrator", same: words("MigrationError fromRecord make") },
  "@effect/sql/SqlClient": { to: "effect/sql/SqlClient", same: words("SqlClient") },
  "@effect/sql/SqlError": { to: "effect/sql/SqlError", same: words("SqlError") },
  "@effect/sql/Statement": { to: "effect/sql/Statement", same: words("Fragment Statement") },
  "@effect/platform/UrlParams": { to: "effect/http/UrlParams", same: words("UrlParams fromInput") }
}

/** Modules that the documentation imports directly, where tests import a helper. */
export const documented: Readonly<Record<string, Module>> = {
  "@effect/vitest": { to: "@effect/vitest", same: words("assert describe expect it") }
}

/** Types that have fewer parameters in Effect 4, and how many. */
export const parameters: Readonly<Record<string, number>> = {
  "@effect/platform/HttpApi.HttpApi": 2
}

/** The module that a barrel exports under a name. */
export const moduleOf = (barrel: string, name: string): string | undefined => {
  if (!/^(?:effect|@effect\/(?:platform|platform-node|opentelemetry|sql|sql-pg|sql-libsql))$/.test(barrel))
    return undefined
  return /^[A-Z]/.test(name) ? `${barrel}/${name}` : undefined
}
