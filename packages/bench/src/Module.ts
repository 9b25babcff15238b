/** This module as a contender, on top of the given `HttpClient`. */
import type * as HttpClient from "@effect/platform/HttpClient"
import { AuthorizeService, type AuthorizeRequest } from "@effect-baanx/oauth/AuthorizeService"
import { BaanxClient } from "@effect-baanx/oauth/BaanxClient"
import { LoginToken, SessionToken } from "@effect-baanx/oauth/Credentials"
import { RedirectUri } from "@effect-baanx/oauth/RedirectUri"
import { State } from "@effect-baanx/oauth/State"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import type { Connect } from "./Contender.js"
import { onEffect } from "./Lane.js"
import * as Sample from "./Sample.js"

export const request = {
  sessionToken: SessionToken.make(Sample.sessionToken),
  loginToken: LoginToken.make(Sample.loginToken),
  expectedState: State.make(Sample.state),
  redirectUri: RedirectUri.make(Sample.redirectUri)
} satisfies AuthorizeRequest

/** The client as a backend would configure it. */
export const clientLayer = (origin: string) =>
  BaanxClient.layer({ baseUrl: origin, clientKey: Redacted.make(Sample.clientKey) })

/** Runs the module as a backend on Effect does: the layers are built once, and a call is one step of a fiber. */
export const connectModule =
  <E>(transport: Layer.Layer<HttpClient.HttpClient, E>): Connect =>
  async (origin) => {
    const managed = ManagedRuntime.make(
      AuthorizeService.layer.pipe(Layer.provide(clientLayer(origin)), Layer.provide(transport))
    )
    const authorizeService = await managed.runPromise(AuthorizeService)
    const authorize = Effect.map(
      Effect.suspend(() => authorizeService.authorize(request)),
      (grant) => Redacted.value(grant.code)
    )
    return { ...onEffect(Effect.runPromise, authorize), close: () => managed.dispose() }
  }
