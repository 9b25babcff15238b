import { InitiateService } from "@effect-baanx/oauth"
import { answerJson } from "@effect-baanx/oauth/testing/MockHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck, Redacted } from "effect"
import { codeChallenge, redirectUri, secrets, state } from "../Fixtures.js"
import { scripted } from "../StepSuite.js"
import { silent } from "./Contained.js"
import { runs } from "./Runs.js"

const hostedPage = Effect.flatMap(InitiateService, (service) =>
  service.hostedPage({ redirectUri, state, codeChallenge })
)

const scheme = FastCheck.constantFrom(
  "https:",
  "http:",
  "HTTP:",
  "ht\ttp:",
  " https:",
  "javascript:",
  "data:",
  "file:",
  "ftp:",
  "ws:",
  "blob:https:",
  ""
)
const userInfo = FastCheck.oneof(
  { weight: 1, arbitrary: FastCheck.constant("") },
  {
    weight: 1,
    arbitrary: FastCheck.constantFrom("user@", "user:password@", ":password@", "baanx.example@", "%40@", "a@b@")
  }
)
const host = FastCheck.oneof(
  FastCheck.domain(),
  FastCheck.ipV4(),
  FastCheck.ipV6().map((address) => `[${address}]`),
  FastCheck.constantFrom(
    "localhost",
    "LOCALHOST",
    "127.0.0.1",
    "127.9.9.9",
    "127.1",
    "0x7f.1",
    "[::1]",
    "localhost.",
    "127.0.0.1.evil.example"
  )
)
const page = FastCheck.tuple(
  scheme,
  FastCheck.constantFrom("//", "", "\\\\", "/"),
  userInfo,
  host,
  FastCheck.constantFrom("", ":3000"),
  FastCheck.constantFrom("", "/login?session=1", "/@x")
).map((parts) => parts.join(""))

/** Loopback hosts, as `URL.hostname` spells them. */
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

describe("the hosted page at a hostile URL", () => {
  it.effect.prop(
    "is opened only over https, or over http if page and base URL are on loopback, and never with user info",
    [
      page,
      FastCheck.constantFrom("https://api.baanx.com", "https://localhost", "http://localhost:3000", "http://127.0.0.1")
    ],
    ([page, baseUrl]) =>
      Effect.gen(function* () {
        const end = yield* silent(hostedPage, { page })
        const url = URL.canParse(page) ? new URL(page) : undefined
        const isLocal = url?.protocol === "http:" && loopback.test(url.hostname) && baseUrl.startsWith("http:")
        if (url !== undefined && (url.protocol === "https:" || isLocal) && url.username + url.password === "") {
          assert.strictEqual(Either.isRight(end) && Redacted.value(end.right).href, url.href)
        } else assert.deepInclude(Either.isLeft(end) && end.left, { _tag: "DecodeError", path: "url" })
      }).pipe(scripted([answerJson(200, { token: secrets.sessionToken, url: page })], { baseUrl })),
    runs(250)
  )
})
