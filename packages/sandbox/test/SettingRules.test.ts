import { Sandbox, type SandboxOptions } from "@effect-baanx/sandbox"
import type { HttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { email, password } from "./Fixtures.js"
import { exchange, login, refresh, withJson } from "./RuleTable.js"
import { call, refreshCall, tokens, userCall, type Call } from "./Steps.js"

describe("a setting for undocumented behaviour", () => {
  const id = "6f6c9d4e-6a52-4f5e-9b0a-5d0f6a3d2c11"
  const users = [{ id, email: "otp@example.com", password: "p", otp: "123456" }]
  const bodyOf = (
    request: Effect.Effect<Call, unknown, Sandbox | HttpClient.HttpClient>,
    settings: SandboxOptions["settings"]
  ) =>
    Effect.flatMap(request, call).pipe(
      Effect.map(({ body }) => body),
      Effect.provide(
        Sandbox.layerHttpClient({
          users: [...users, { email, password }],
          settings
        })
      )
    )
  const otpLogin = withJson(login, { email: "otp@example.com", password: "p" })

  it.effect("tokenType adds token_type to tokens of the oauth family", () =>
    Effect.gen(function* () {
      expect(yield* bodyOf(exchange, {})).not.toHaveProperty("token_type")
      expect(yield* bodyOf(exchange, { tokenType: true })).toHaveProperty("token_type", "Bearer")
    })
  )
  it.effect("refreshTokenSeconds sets refresh_token_expires_in", () =>
    Effect.gen(function* () {
      expect(yield* bodyOf(exchange, {})).toHaveProperty("refresh_token_expires_in", 15_897_600)
      expect(yield* bodyOf(exchange, { refreshTokenSeconds: 604_800 })).toHaveProperty(
        "refresh_token_expires_in",
        604_800
      )
    })
  )
  it.effect('otpAccessToken "string" sends a useless accessToken with an OTP challenge', () =>
    Effect.gen(function* () {
      expect(yield* bodyOf(otpLogin, {})).toHaveProperty("accessToken", null)
      const { accessToken } = yield* bodyOf(otpLogin, { otpAccessToken: "string" })
      expect(accessToken).toMatch(/^[0-9a-f-]{36}$/)
      const user = Effect.map(Effect.flatMap(otpLogin, call), ({ body }) => userCall(String(body["accessToken"])))
      expect(yield* bodyOf(user, { otpAccessToken: "string" })).toEqual({ message: "unauthorized" })
    })
  )
  it.effect("refreshEndsAccessToken and refreshReuseRevokes leave the access token alive if they are false", () =>
    Effect.gen(function* () {
      const old = Effect.flatMap(tokens(), ({ accessToken, refreshToken }) =>
        Effect.as(call(refreshCall(refreshToken)), userCall(accessToken))
      )
      expect(yield* bodyOf(old, { refreshEndsAccessToken: false })).toHaveProperty("email")
      const reused = Effect.gen(function* () {
        const request = yield* refresh
        const { body } = yield* call(request)
        yield* call(request)
        return userCall(String(body["access_token"]))
      })
      expect(yield* bodyOf(reused, { refreshReuseRevokes: false })).toHaveProperty("email")
    })
  )
})
