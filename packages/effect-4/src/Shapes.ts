/** The names of Effect 3 that need more than a new name in Effect 4, one row each. */
import ts from "typescript"
import type { Extra, Link, Tools } from "./Rule.js"

type Shape = (call: ts.CallExpression, tools: Tools) => string

type Chain = (links: ReadonlyArray<Link>, tools: Tools, extra: Extra) => string

const effect = (tools: Tools): string => tools.use("effect/Effect")
const schema = (tools: Tools): string => tools.use("effect/Schema")

/** `Literal(a, b)` becomes `Literals([a, b])`. */
const literal: Shape = (call, tools) => {
  const args = tools.args(call).join(", ")
  return call.arguments.length === 1 ? `${schema(tools)}.Literal(${args})` : `${schema(tools)}.Literals([${args}])`
}

/** `Union(a, b)` becomes `Union([a, b])`. Nested unions are flattened, because Effect 4 finds a status only on a direct member. */
const union: Shape = (call, tools) => `${schema(tools)}.Union([${membersOf(call, tools)}])`

const membersOf = (call: ts.CallExpression, tools: Tools): string =>
  call.arguments
    .map((member) => (isA("Union", member, tools) ? `...${tools.print(member)}.members` : tools.print(member)))
    .join(", ")

/** A filter becomes a check. */
const checked =
  (make: (args: ReadonlyArray<string>) => string): Shape =>
  (call, tools) =>
    `${schema(tools)}.check(${schema(tools)}.${make(tools.args(call))})`

/** `union(other)` in a pipe, or `union(one, other)`. */
const both =
  (name: string): Shape =>
  (call, tools) => {
    const schedule = tools.use("effect/Schedule")
    const args = tools.args(call)
    return args.length === 1
      ? `((self) => ${schedule}.${name}([self, ${args.join("")}]))`
      : `${schedule}.${name}([${args.join(", ")}])`
  }

/** `withX(value)` in a pipe, or `withX(self, value)`, becomes `provideService`. */
const provided =
  (module: string, name: string): Shape =>
  (call, tools) => {
    const args = [...tools.args(call)]
    const service = `${tools.use(module)}.${name}`
    const value = args.pop()
    return `${effect(tools)}.provideService(${[...args, service, value].join(", ")})`
  }

/** The keys become an array. */
const picked =
  (name: string): Shape =>
  (call, tools) => {
    const args = tools.args(call)
    const isPiped = call.arguments.every((argument) => ts.isStringLiteral(argument))
    const [self, ...keys] = isPiped ? [undefined, ...args] : args
    return `${tools.use("effect/Struct")}.${name}(${self === undefined ? "" : `${self}, `}[${keys.join(", ")}])`
  }

const isEffect = (type: ts.Type | undefined): boolean =>
  type !== undefined && partsOf(type).some(({ symbol }) => symbol?.name === "Effect")

const partsOf = (type: ts.Type): ReadonlyArray<ts.Type> => (type.isUnion() ? type.types : [type])

const arg = (call: ts.CallExpression, index: number, tools: Tools): ts.Expression =>
  call.arguments[index] ?? tools.missing(call, `a call without argument ${index + 1}`)

const propertyOf = (object: ts.Expression, name: string, tools: Tools): ts.Expression => {
  if (ts.isObjectLiteralExpression(object)) {
    for (const property of object.properties) {
      if (ts.isPropertyAssignment(property) && property.name.getText(tools.source) === name) return property.initializer
    }
  }
  return tools.missing(object, `an options object without ${name}`)
}

const takesNothing = (node: ts.Node): boolean => ts.isArrowFunction(node) && node.parameters.length === 0

export const shapes: Readonly<Record<string, Shape>> = {
  // Effect 4 always prints the causes.
  "effect/Cause.pretty": (call, tools) => `${tools.use("effect/Cause")}.pretty(${tools.args(call)[0]})`,
  // The type of the elements becomes a Schema.
  "effect/Config.array": (call, tools) => {
    const [of, name] = call.arguments
    return of?.getText(tools.source) === "Config.redacted()" && name !== undefined
      ? `${tools.use("effect/Config")}.Array(${schema(tools)}.RedactedFromValue(${schema(tools)}.String), ${tools.print(name)})`
      : tools.missing(call, "Config.array of anything but secrets")
  },
  "effect/Cause.failures": (call, tools) => {
    const cause = tools.use("effect/Cause")
    return `${tools.args(call).join("")}.reasons.filter(${cause}.isFailReason).map(({ error }) => error)`
  },
  "effect/ConfigProvider.fromMap": (call, tools) =>
    `${tools.use("effect/ConfigProvider")}.fromUnknown(Object.fromEntries(${tools.args(call)[0]}))`,
  "effect/Clock.make": (_, tools) =>
    `${tools.use("effect/Context")}.get(${tools.use("effect/Context")}.empty(), ${tools.use("effect/Clock")}.Clock)`,
  "effect/Config.withDescription": () => "(config) => config",
  "effect/Context.GenericTag": (call, tools) =>
    `${tools.use("effect/Context")}.Service${tools.types(call)}(${tools.args(call).join(", ")})`,
  "effect/DateTime.distance": (call, tools) => {
    const [from, to] = tools.args(call).map((time) => `${tools.use("effect/DateTime")}.toEpochMillis(${time})`)
    return `(${to} - ${from})`
  },
  // Effect 4 accepts only effects here.
  "effect/Effect.andThen": (call, tools) => {
    const next = arg(call, call.arguments.length - 1, tools)
    const type = tools.checker?.getTypeAtLocation(next)
    const given = type?.getCallSignatures()[0]?.getReturnType() ?? type
    const isEffect = given !== undefined && partsOf(given).some(({ symbol }) => symbol?.name === "Effect")
    return `${effect(tools)}.${isEffect ? "andThen" : "map"}(${tools.args(call).join(", ")})`
  },
  // Effect 4 accepts only durations as limits.
  "effect/Duration.between": (call, tools) => {
    const duration = tools.use("effect/Duration")
    const limits = arg(call, 1, tools)
    const limit = (name: string) =>
      `${name}: ${duration}.fromInputUnsafe(${tools.print(propertyOf(limits, name, tools))})`
    return `${duration}.between(${tools.print(arg(call, 0, tools))}, { ${limit("minimum")}, ${limit("maximum")} })`
  },
  "effect/Effect.contextWithEffect": (call, tools) => `${effect(tools)}.contextWith(${tools.args(call).join(", ")})`,
  "effect/Effect.dieMessage": (call, tools) => `${effect(tools)}.die(new Error(${tools.args(call).join(", ")}))`,
  "effect/Effect.timeoutFail": (call, tools) => {
    const [self] = call.arguments.length === 2 ? tools.args(call) : []
    const options = arg(call, call.arguments.length - 1, tools)
    const duration = tools.print(propertyOf(options, "duration", tools))
    const onTimeout = propertyOf(options, "onTimeout", tools)
    const error = ts.isArrowFunction(onTimeout) ? tools.print(onTimeout.body) : tools.missing(onTimeout, "onTimeout")
    const to = `{ duration: ${duration}, orElse: () => ${effect(tools)}.fail(${error}) }`
    return `${effect(tools)}.timeoutOrElse(${self === undefined ? to : `${self}, ${to}`})`
  },
  "effect/Effect.repeatN": (call, tools) => {
    const [self, times] = tools.args(call)
    return `${effect(tools)}.repeat(${self}, { times: ${times} })`
  },
  // Effect 4 accepts only effects here.
  "effect/Effect.tap": (call, tools) => {
    const next = arg(call, call.arguments.length - 1, tools)
    const type = tools.checker?.getTypeAtLocation(next)
    const args = [...tools.args(call)]
    const last = args.pop()
    const tapped = isEffect(type)
      ? `() => ${last}`
      : isEffect(type?.getCallSignatures()[0]?.getReturnType())
        ? last
        : `(value) => ${effect(tools)}.sync(() => (${last})(${takesNothing(next) ? "" : "value"}))`
    return `${effect(tools)}.tap(${[...args, tapped].join(", ")})`
  },
  "effect/Effect.tagMetrics": (call, tools) => {
    const [self, name, value] = tools.args(call)
    const attributes = `${tools.use("effect/Metric")}.CurrentMetricAttributes`
    return `${effect(tools)}.provideService(${self}, ${attributes}, { [${name}]: ${value} })`
  },
  "effect/Effect.withClock": provided("effect/Clock", "Clock"),
  "effect/Effect.withConfigProvider": provided("effect/ConfigProvider", "ConfigProvider"),
  "effect/Logger.withMinimumLogLevel": provided("effect/References", "MinimumLogLevel"),
  "effect/Logger.replace": (call, tools) => `${tools.use("effect/Logger")}.layer([${tools.args(call)[1]}])`,
  "effect/Effect.when": (call, tools) => {
    const [self, condition] = tools.args(call)
    return `${effect(tools)}.when(${self}, ${effect(tools)}.sync(${condition}))`
  },
  "effect/Fiber.poll": (call, tools) =>
    `${effect(tools)}.sync(() => ${tools.use("effect/Option")}.fromNullishOr(${tools.args(call).join("")}.pollUnsafe()))`,
  "effect/Schema.Record": (call, tools) => {
    const options = arg(call, 0, tools)
    const part = (name: string) => tools.print(propertyOf(options, name, tools))
    return `${schema(tools)}.Record(${part("key")}, ${part("value")})`
  },
  "effect/Stream.repeatEffect": (call, tools) =>
    `${tools.use("effect/Stream")}.fromEffectRepeat(${tools.args(call).join(", ")})`,
  "effect/Logger.remove": (_, tools) => `${tools.use("effect/Logger")}.layer([])`,
  "effect/Layer.setConfigProvider": (call, tools) =>
    `${tools.use("effect/ConfigProvider")}.layer(${tools.args(call).join(", ")})`,
  "effect/Struct.omit": picked("omit"),
  "effect/Struct.pick": picked("pick"),
  "effect/Effect.yieldNow": (_, tools) => `${effect(tools)}.yieldNow`,
  "effect/Either.match": (call, tools) =>
    `${tools.use("effect/Result")}.match(${tools
      .args(call)
      .join(", ")
      .replace(/\bonLeft\b/, "onFailure")
      .replace(/\bonRight\b/, "onSuccess")})`,
  "@effect/platform/HttpApiBuilder.toWebHandler": (call, tools) => {
    const [layer, options] = tools.args(call)
    const logger = options === undefined ? ", { disableLogger: true }" : ""
    return `${tools.use("effect/http/HttpRouter")}.toWebHandler(${layer}${logger})`
  },
  "@effect/platform/HttpApiSchema.getStatusError": (call, tools) =>
    `${tools.use("@effect-baanx/testing/errors")}.statusOf(${tools.args(call).join("")})`,
  "@effect/platform/HttpApp.toWebHandlerLayer": (call, tools) => {
    const [app, layer] = tools.args(call)
    // In Effect 4, a router is a layer.
    if (isEffect(tools.checker?.getTypeAtLocation(arg(call, 0, tools)))) {
      return `${tools.use("effect/http/HttpEffect")}.toWebHandlerLayer(${tools.args(call).join(", ")})`
    }
    return `${tools.use("effect/http/HttpRouter")}.toWebHandler(${tools.use("effect/Layer")}.provideMerge(${app}, ${layer}))`
  },
  "@effect/platform/HttpClient.withTracerDisabledWhen": (call, tools) => {
    const client = tools.use("effect/http/HttpClient")
    const service = `${client}.TracerDisabledWhen, ${tools.args(call).join("")}`
    return `${client}.transformResponse(${effect(tools)}.provideService(${service}))`
  },
  "@effect/platform/HttpRouter.get": (call, tools) => {
    const [routes, path, response] = tools.args(call)
    const router = tools.use("effect/http/HttpRouter")
    return `${tools.use("effect/Layer")}.merge(${routes}, ${router}.add("GET", ${path}, ${response}))`
  },
  // In Effect 4, the services of a server are provided, not merged.
  "effect/Layer.merge": (call, tools) => {
    const isContext = arg(call, call.arguments.length - 1, tools).getText(tools.source) === "HttpServer.layerContext"
    const [one, other] = isContext ? [tools.print(arg(call, 0, tools))] : tools.args(call)
    const layer = tools.use("effect/Layer")
    return isContext
      ? `${layer}.provideMerge(${one}, ${tools.use("effect/http/HttpServer")}.layerServices)`
      : `${layer}.merge(${other === undefined ? one : `${one}, ${other}`})`
  },
  "effect/Layer.setClock": (call, tools) =>
    `${tools.use("effect/Layer")}.succeed(${tools.use("effect/Clock")}.Clock, ${tools.args(call).join("")})`,
  "effect/Layer.setTracer": (call, tools) =>
    `${tools.use("effect/Layer")}.succeed(${tools.use("effect/Tracer")}.Tracer, ${tools.args(call).join("")})`,
  "effect/Layer.fail": (call, tools) =>
    `${tools.use("effect/Layer")}.effectDiscard(${effect(tools)}.fail(${tools.args(call).join(", ")}))`,
  "effect/Metric.increment": (call, tools) => `${tools.use("effect/Metric")}.update(${tools.args(call).join(", ")}, 1)`,
  "effect/Schedule.intersect": both("max"),
  "effect/Schedule.union": both("min"),
  "effect/Schedule.upTo": (call, tools) =>
    `${tools.use("effect/Schedule")}.upTo({ duration: ${tools.args(call).join(", ")} })`,
  "effect/Stream.runFold": (call, tools) => {
    const [self, initial, ...rest] = tools.args(call)
    return `${tools.use("effect/Stream")}.runFold(${[self, `() => ${initial}`, ...rest].join(", ")})`
  },
  "effect/TestClock.sleeps": (_, tools) => `${tools.use("@effect-baanx/testing/clock")}.sleeps`,
  "effect/Random.make": (call, tools) =>
    `${tools.use("@effect-baanx/testing/random")}.make(${tools.args(call).join(", ")})`,
  "effect/Layer.retry": (call, tools) =>
    `${tools.use("@effect-baanx/testing/layer")}.retry(${tools.args(call).join(", ")})`,
  "effect/Layer.map": (call, tools) =>
    `${tools.use("@effect-baanx/testing/layer")}.map(${tools.args(call).join(", ")})`,
  "effect/Schema.Config": (call, tools) => {
    const [name, of] = tools.args(call)
    return `${tools.use("effect/Config")}.schema(${of}, ${name})`
  },
  "effect/Schema.Literal": literal,
  "effect/Schema.Union": union,
  "effect/Schema.between": checked(([minimum, maximum]) => `isBetween({ minimum: ${minimum}, maximum: ${maximum} })`),
  "effect/Schema.compose": (call, tools) => {
    const [from, to] = tools.args(call)
    return `${from}.pipe(${schema(tools)}.decodeTo(${to}))`
  },
  // In Effect 4, a filter returns its message, and what it expects is an annotation.
  "effect/Schema.filter": checked(([filter, options]) =>
    options === undefined
      ? `makeFilter(${filter})`
      : `makeFilter(${filter}, ${options.replace(/message: \(\) =>\s*/, "expected: ")})`
  ),
  "effect/Schema.maxLength": checked((args) => `isMaxLength(${args.join(", ")})`),
  // By default, Effect 4 documents half the length: JSON Schema counts code points, and one may have a length of 2.
  "effect/Schema.minLength": checked(
    ([length]) => `isMinLength(${length}, { toJsonSchema: () => ({ minLength: ${length} }) })`
  ),
  "effect/Schema.pattern": checked((args) => `isPattern(${args.join(", ")})`),
  "effect/Schema.propertySignature": (call, tools) => tools.args(call).join(", "),
  "effect/Schema.transform": (call, tools) => {
    const [from, to] = tools.args(call)
    const options = arg(call, 2, tools)
    const getter = (name: string) =>
      `${tools.use("effect/SchemaGetter")}.transform(${tools.print(propertyOf(options, name, tools))})`
    return `${from}.pipe(${schema(tools)}.decodeTo(${to}, { decode: ${getter("decode")}, encode: ${getter("encode")} }))`
  },
  "effect/Schema.withConstructorDefault": (call, tools) =>
    `${schema(tools)}.withConstructorDefault(${effect(tools)}.sync(${tools.args(call).join(", ")}))`,
  "effect/Stream.fromReadableStream": (call, tools) => {
    const [evaluate, onError] = tools.args(call)
    return `${tools.use("effect/Stream")}.fromReadableStream({ evaluate: ${evaluate}, onError: ${onError} })`
  },
  // In Effect 4, `context` is optional, and the native tracer has none.
  "effect/Tracer.make": (call, tools) => {
    const options = arg(call, 0, tools)
    if (!ts.isObjectLiteralExpression(options)) return tools.missing(options, "Tracer.make of anything but an object")
    const kept = options.properties.filter(({ name }) => name?.getText(tools.source) !== "context").map(tools.print)
    return `${tools.use("effect/Tracer")}.make({ ${kept.join(", ")} })`
  },
  "@effect/platform/HttpApiSchema.annotations": (call, tools) =>
    tools
      .args(call)
      .join(", ")
      .replace(/\bstatus\b(?=\s*[:,}])/, (status) => (status === "status" ? "httpApiStatus" : status))
      .replace(/httpApiStatus(?=\s*[,}])/, "httpApiStatus: status"),
  "@effect/platform/HttpApiSchema.withEncoding": (_, tools) =>
    `${tools.use("effect/http-api/HttpApiSchema")}.asFormUrlEncoded()`,
  "@effect/platform/UrlParams.makeUrl": (call, tools) =>
    `${tools.use("effect/http/Url")}.make(${tools.args(call).join(", ")})`
}

/** A value, followed by the calls of the chain. */
const followed = (value: string, links: ReadonlyArray<Link>, tools: Tools): string =>
  links.reduce(
    (before, { call, method }) =>
      `${before}${method === undefined ? "" : `.${method}`}${tools.types(call)}(${tools.args(call).join(", ")})`,
    value
  )

/** `Tag("id")<Self, Shape>()` becomes `Service<Self, Shape>()("id")`. */
const service =
  (module: string, name: string): Chain =>
  ([id, self, ...rest], tools) => {
    if (id === undefined || self === undefined || rest.length > 0) {
      return tools.missing(id?.call ?? tools.source, `${name} in this shape`)
    }
    return `${tools.use(module)}.${name}${tools.types(self.call)}()(${tools.args(id.call).join(", ")})`
  }

const endpoint =
  (method: string): Chain =>
  (links, tools, extra) => {
    const { documentation: isCompact = false, everywhere } = extra
    const options = new Map<string, Array<string>>()
    const later: Array<Link> = []
    const [first, ...rest] = links
    if (first === undefined) return tools.missing(tools.source, "an empty chain")
    for (const { call, method } of rest) {
      // Methods that Effect 4 still has.
      if (method === "middleware" || method === "annotate" || method === "pipe") {
        later.push({ call, method })
        continue
      }
      const option = {
        setPayload: "payload",
        setHeaders: "headers",
        setUrlParams: "query",
        addSuccess: "success",
        addError: "error"
      }[method ?? ""]
      if (option === undefined) return tools.missing(call, `HttpApiEndpoint.${method}`)
      const given = arg(call, 0, tools)
      // A union would hide the encodings and the statuses of its members.
      const parts =
        ts.isCallExpression(given) && given.expression.getText(tools.source) === "Schema.Union"
          ? given.arguments
          : [given]
      const printed = parts.map((part) => {
        if (option === "error" && isA("Union", part, tools)) return `...${listOf(part, tools, extra)}`
        // Without codecs, Effect 4 takes the fields of a query.
        return option === "query" && !isCompact && isA("Struct", part, tools)
          ? `(${tools.print(part)}).fields`
          : tools.print(part)
      })
      options.set(option, [...(options.get(option) ?? []), ...printed])
    }
    if (everywhere.length > 0) {
      // First, as in the OpenAPI document of Effect 3.
      options.set("error", [...everywhere.map(({ name }) => name), ...(options.get("error") ?? [])])
      for (const { from, name } of everywhere) tools.add(name, from)
    }
    const object = [...options].map(([option, [value = "", ...more]]) =>
      more.length === 0 && (option !== "error" || (isCompact && value.startsWith("...")))
        ? `${option}: ${value.replace(/^\.\.\./, "")}`
        : `${option}: [${[value, ...more].join(", ")}]`
    )
    const head = `${tools.use("effect/http-api/HttpApiEndpoint")}.${method}(${tools.args(first.call).join(", ")}`
    // As in Effect 3, only the Schema decides what goes over the wire. Effect 4's codecs would accept "Infinity" as a number.
    if (!isCompact) object.push("disableCodecs: true")
    return followed(object.length === 0 ? `${head})` : `${head}, { ${object.join(", ")} })`, later, tools)
  }

/** The chain without `addError`, whose errors each endpoint has instead. */
const api: Chain = (links, tools) =>
  links.reduce((before, { call, method }) => {
    if (method === "addError") return before
    return method === undefined
      ? `${tools.use("effect/http-api/HttpApi")}.make(${tools.args(call).join(", ")})`
      : `${before}\n  .${method}(${tools.args(call).join(", ")})`
  }, "")

/** Values that are not calls. */
export const values: Readonly<Record<string, (tools: Tools) => string>> = {
  "@effect/platform-node/Undici": (tools) => tools.use("@effect/platform-node/Undici"),
  "effect/Clock.ClockTypeId": () => `"effect/Clock"`,
  "effect/Effect.clock": (tools) => `${tools.use("effect/Clock")}.Clock`,
  "effect/Metric.snapshot": (tools) => `${tools.use("@effect-baanx/testing/metrics")}.snapshot`,
  "effect/LogLevel.All": () => `"All"`,
  "effect/LogLevel.Debug": () => `"Debug"`,
  "effect/LogLevel.Info": () => `"Info"`,
  "effect/LogLevel.None": () => `"None"`,
  "effect/Schema.Positive": (tools) =>
    `${schema(tools)}.Number.pipe(${schema(tools)}.check(${schema(tools)}.isGreaterThan(0)))`
}

/** Error classes that Effect 4 merged into one. Only tests construct them. */
export const constructors: Readonly<Record<string, (tools: Tools) => string>> = {
  "@effect/platform/HttpClientError.RequestError": (tools) =>
    `${tools.use("@effect-baanx/testing/errors")}.requestError`,
  "@effect/platform/HttpClientError.ResponseError": (tools) =>
    `${tools.use("@effect-baanx/testing/errors")}.responseError`
}

export const chains: Readonly<Record<string, Chain>> = {
  "effect/Context.Tag": service("effect/Context", "Service"),
  "effect/Context.Reference": ([self, id, ...rest], tools) =>
    id === undefined || rest.length > 0
      ? tools.missing(self?.call ?? tools.source, "Context.Reference in this shape")
      : `${tools.use("effect/Context")}.Reference(${tools.args(id.call).join(", ")})`,
  "@effect/platform/HttpApiMiddleware.Tag": ([self, id, ...others], tools, extra) => {
    if (self === undefined || id === undefined || others.length > 0)
      return tools.missing(tools.source, "HttpApiMiddleware.Tag in this shape")
    const options = arg(id.call, 1, tools)
    if (!ts.isObjectLiteralExpression(options)) return tools.missing(options, "HttpApiMiddleware.Tag in this shape")
    const provides = options.properties.flatMap((property) =>
      ts.isPropertyAssignment(property) && property.name.getText(tools.source) === "provides"
        ? [tools.print(property.initializer)]
        : []
    )
    const rest = options.properties.flatMap((property) => {
      if (!ts.isPropertyAssignment(property)) return tools.missing(property, "HttpApiMiddleware.Tag in this shape")
      const name = property.name.getText(tools.source)
      if (name === "provides") return []
      // A union would lose its statuses in the OpenAPI document.
      return [
        `${name === "failure" ? "error" : name}: ${name === "failure" ? listOf(property.initializer, tools, extra) : tools.print(property.initializer)}`
      ]
    })
    const types = self.call.typeArguments?.map(tools.print) ?? []
    const more = provides.map((provided) => `{ provides: ${provided} }`)
    return `${tools.use("effect/http-api/HttpApiMiddleware")}.Service<${[...types, ...more].join(", ")}>()(${tools.print(arg(id.call, 0, tools))}, { ${rest.join(", ")} })`
  },
  // Effect 4's `make` accepts only known methods.
  "@effect/platform/HttpClientRequest.make": ([method, url, ...rest], tools) => {
    if (method === undefined || url === undefined) return tools.missing(tools.source, "HttpClientRequest.make alone")
    const parts = [
      ...tools.args(method.call),
      ...tools.args(url.call),
      `${tools.use("effect/http/UrlParams")}.empty`,
      `${tools.use("effect/Option")}.none()`,
      `${tools.use("effect/http/Headers")}.empty`,
      `${tools.use("effect/http/HttpBody")}.empty`
    ]
    return followed(`${tools.use("effect/http/HttpClientRequest")}.makeWith(${parts.join(", ")})`, rest, tools)
  },
  "@effect/platform/HttpApiEndpoint.del": endpoint("delete"),
  "@effect/platform/HttpApiEndpoint.get": endpoint("get"),
  "@effect/platform/HttpApiEndpoint.post": endpoint("post"),
  "@effect/platform/HttpApi.make": api
}

/** Whether a value is a Schema of that kind. */
const isA = (kind: "Struct" | "Union", schema: ts.Expression, { checker }: Tools): boolean =>
  checker?.getTypeAtLocation(schema).symbol?.name === kind

/** The members of a union as an array. In our packages, `errorsOf` documents them as well. */
const listOf = (schema: ts.Expression, tools: Tools, { documentation }: Extra): string => {
  if (ts.isCallExpression(schema) && schema.expression.getText(tools.source) === "Schema.Union") {
    return `[${membersOf(schema, tools)}]`
  }
  if (!isA("Union", schema, tools)) return tools.print(schema)
  if (documentation === true) return `${tools.print(schema)}.members`
  const folder = /\/test\//.test(tools.source.fileName) ? "../src" : "."
  tools.add("errorsOf", `${folder}/internal/errorsOf.js`)
  return `errorsOf(${tools.print(schema)})`
}
