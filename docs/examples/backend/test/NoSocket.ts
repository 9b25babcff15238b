import type { AuthorizationFlow, LoginService, TokenSession } from "@effect-baanx/oauth"
import { RedirectUri } from "@effect-baanx/oauth"
import { HttpApiBuilder, type HttpClient, HttpClientRequest, HttpServer } from "@effect/platform"
import { Effect, Layer } from "effect"
import * as Backend from "../src/Backend.js"
import { Browser } from "../../../../packages/server/test/Browser.js"

export const home = new URL("https://app.example.com/")
export const redirectUri = RedirectUri.make("https://app.example.com/callback")

/** A browser without sockets: it calls the backend in process, and Baanx through the client `baanx` if there is one. */
export const browserOver = <E>(
  services: Layer.Layer<AuthorizationFlow | LoginService | TokenSession, E>,
  baanx?: HttpClient.HttpClient
) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        HttpApiBuilder.toWebHandler(
          Layer.merge(Backend.layer({ redirectUri }).pipe(Layer.provide(services)), HttpServer.layerContext)
        )
      ),
      ({ dispose }) => Effect.promise(dispose)
    ),
    ({ handler }) =>
      new Browser((request) =>
        baanx === undefined || new URL(request.url).origin === home.origin ? handler(request) : send(baanx, request)
      )
  )

const send = async (client: HttpClient.HttpClient, request: Request): Promise<Response> => {
  const headers = Object.fromEntries(request.headers)
  const body = await request.text()
  const response = await Effect.runPromise(
    client.execute(
      (request.method === "POST" ? HttpClientRequest.post : HttpClientRequest.get)(request.url).pipe(
        HttpClientRequest.setHeaders(headers),
        body === "" ? (request) => request : HttpClientRequest.bodyText(body, headers["content-type"])
      )
    )
  )
  return new Response(await Effect.runPromise(response.text), {
    status: response.status,
    headers: { ...response.headers }
  })
}
