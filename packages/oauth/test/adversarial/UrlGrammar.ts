import { FastCheck } from "effect"

/** Usually the right text, sometimes one of the tricks. */
const mostly = (right: string, ...tricks: ReadonlyArray<string>): FastCheck.Arbitrary<string> =>
  FastCheck.oneof(
    { weight: 6, arbitrary: FastCheck.constant(right) },
    { weight: 1, arbitrary: FastCheck.constantFrom(...tricks) }
  )

/** The parts of a redirect URI, as they are spelled. */
export interface Parts {
  readonly scheme: string
  readonly slashes: string
  readonly host: string
  readonly port: string
  readonly path: string
  readonly query: string
}

export const registered: ReadonlyArray<Parts> = [
  { scheme: "https", slashes: "//", host: "yourapp.com", port: "", path: "/callback", query: "" },
  { scheme: "https", slashes: "//", host: "yourapp.com", port: ":8443", path: "/a/callback", query: "tenant=1" },
  { scheme: "https", slashes: "//", host: "yourapp.com", port: "", path: "", query: "" },
  { scheme: "http", slashes: "//", host: "localhost", port: ":3000", path: "/callback", query: "" },
  { scheme: "http", slashes: "//", host: "127.0.0.1", port: ":3000", path: "/callback", query: "" },
  { scheme: "http", slashes: "//", host: "[::1]", port: ":8080", path: "/callback", query: "" },
  { scheme: "yourapp", slashes: "//", host: "callback", port: "", path: "", query: "" },
  { scheme: "com.yourapp", slashes: "", host: "", port: "", path: "/callback", query: "" }
]

export const textOf = (parts: Parts): string =>
  `${parts.scheme}:${parts.slashes}${parts.host}${parts.port}${parts.path}${parts.query === "" ? "" : `?${parts.query}`}`

const scheme = (right: string) =>
  mostly(
    `${right}:`,
    `${right.toUpperCase()}:`,
    "http:",
    "https:",
    "",
    "javascript:",
    "java\nscript:",
    "data:",
    "vbscript:",
    "file:",
    "ftp:",
    "ws:",
    "blob:https:",
    "view-source:https:",
    "intent:",
    `${right}:${right}:`,
    ` ${right}:`,
    `\u0001${right}:`,
    `${right}\t:`,
    `${right}%3a`
  )

const slashes = (right: string) =>
  mostly(right, "", "/", "//", "///", "\\\\", "/\\", "\\/", "//\t", "/\n/", "%2f%2f", "//./")

const userInfo = (host: string) =>
  mostly(
    "",
    "user@",
    "user:password@",
    "@",
    ":@",
    `${host}@`,
    "evil.example@",
    "evil.example:80@",
    "evil.example\\@",
    "evil.example\t@",
    "evil.example%2f@",
    "evil.example/@",
    "evil.example?@",
    "evil.example#@",
    "evil.example%00@",
    "@evil.example@"
  )

const host = (right: string) =>
  mostly(
    right,
    right.toUpperCase(),
    `${right}.`,
    `${right}..`,
    `.${right}`,
    `${right}.evil.example`,
    `evil${right}`,
    `${right}evil`,
    "evil.example",
    "callback.invalid",
    "",
    `${right}%2eevil.example`,
    `${right}%00.evil.example`,
    `${right}\u0000evil`,
    `%${right.charCodeAt(0).toString(16)}${right.slice(1)}`,
    right.replace("a", "\u0430"),
    right.replace("o", "\u03bf"),
    right.replace("a", "\uff41"),
    right.replace(".", "\u3002"),
    right.replace("l", "\u200dl"),
    `${right}\u00ad`,
    "xn--yourpp-3ve.com",
    "yourapp\u2024com",
    "localhost",
    "localhost.evil.example",
    "127.0.0.1",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "0177.0.0.01",
    "127.0.0.1.evil.example",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::1%25eth0]",
    "[::1",
    "0.0.0.0"
  )

const port = (right: string) =>
  mostly(
    right,
    "",
    ":",
    ":443",
    ":80",
    ":0443",
    ":8443",
    ":3000",
    ":65536",
    ":0",
    ":-1",
    ":443@evil.example",
    ":１",
    ": 443"
  )

const path = (right: string) =>
  mostly(
    right,
    "",
    "/",
    `${right}/`,
    `/${right}`,
    `/.${right}`,
    `/x/..${right}`,
    `/x/%2e%2e${right}`,
    `/x/%2E.${right}`,
    `/..;${right}`,
    `${right}/..`,
    `${right}/../../admin`,
    `${right}%2f..%2fadmin`,
    `${right}%00`,
    `${right}%0d%0aset-cookie:a=b`,
    `${right};a=b`,
    right.toUpperCase(),
    right.replace("b", "%62"),
    right.replace("/", "\\"),
    right.replace("/", "%2f"),
    right.replace("a", "\u00e1"),
    right.replace("a", "a\u0301"),
    right.replace("c", "\u202ec"),
    `${right}\t`,
    `${right}\r\nlocation: http://evil.example`,
    `${right}@evil.example`,
    `${right}:x`
  )

const own = (right: string) =>
  right === "" ? FastCheck.constant("") : mostly(right, "", "tenant=2", `${right}&${right}`, "tenant", "TENANT=1")

const noise = (code: string, state: string) =>
  mostly(
    "",
    `code=${code}`,
    `state=${state}`,
    "code=evil",
    "state=evil",
    "code",
    "state=",
    "code[]=evil",
    "Code=evil",
    `c%6fde=${code}`,
    `%73tate=${state}`,
    "state%00=evil",
    "error=access_denied",
    "iss=https%3A%2F%2Fevil.example",
    "app_id=FOX",
    "iss=a&iss=b",
    "app_id=a&app_id=b",
    "redirect_uri=https://evil.example",
    "next=//evil.example",
    "__proto__=x",
    "=",
    "%",
    "%ff",
    "%ed%a0%80",
    "&&&",
    "a=b;c=d",
    "?"
  )

const parameters = (code: string, state: string, more: string) =>
  mostly(
    `code=${code}&state=${state}`,
    `state=${state}&code=${code}`,
    `code=${code}`,
    `state=${state}`,
    `code=${code};state=${state}`,
    `code=${code}&amp;state=${state}`,
    `code=${code}%26state=${state}`,
    `code=+${code}&state=${state}`,
    `code=${code}%00&state=${state}`,
    `code=${code}&state=${state}%20`,
    `code=${code}&state=${state.toUpperCase()}`,
    `code=${code}\u200b&state=${state}`,
    `code=${[...code].map((c) => `%${c.charCodeAt(0).toString(16)}`).join("")}&state=${state}`
  ).map((query) => (more === "" ? query : `${query}&${more}`))

const fragment = mostly("", "#", "#/", "#?code=evil", "%23", "#:~:text=x", `\uff03x`)

const anywhere = FastCheck.oneof(
  { weight: 5, arbitrary: FastCheck.constant("") },
  {
    weight: 1,
    arbitrary: FastCheck.constantFrom(
      "\0",
      "\t",
      "\n",
      "\r",
      " ",
      "\u00a0",
      "\u2028",
      "\ufeff",
      "\u202e",
      "\\",
      "\ud800",
      "^",
      "|"
    )
  }
)

/** URLs that lead, or seem to lead, to the registered place with this code and this state. */
export const tricks = (parts: Parts, code: string, state: string): FastCheck.Arbitrary<string> =>
  FastCheck.record({
    scheme: scheme(parts.scheme),
    slashes: slashes(parts.slashes),
    userInfo: userInfo(parts.host),
    host: host(parts.host),
    port: port(parts.port),
    path: path(parts.path),
    question: mostly("?", "??", "?&", "&", ";", "#?", "%3f", "/?", "\uff1f"),
    query: FastCheck.tuple(own(parts.query), noise(code, state)).chain(([own, noise]) =>
      parameters(code, state, noise).map((query) => (own === "" ? query : `${own}&${query}`))
    ),
    fragment,
    anywhere,
    at: FastCheck.nat(60)
  }).map((url) => {
    const { anywhere, at, fragment, host, path, port, query, question, scheme, slashes, userInfo } = url
    const text = scheme + slashes + userInfo + host + port + path + question + query + fragment
    return text.slice(0, at) + anywhere + text.slice(at)
  })

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return text
  }
}

/** The parameters as a naive parser reads them, which knows only `&`, `=`, `+` and `%`. */
export const plainParameters = (query: string): ReadonlyArray<readonly [name: string, value: string]> =>
  query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=")
      return equals < 0 ? [decoded(pair), ""] : [decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))]
    })
