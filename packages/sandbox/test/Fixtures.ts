/** The client, user and redirect URI of a sandbox without a seed, and an HTTP client that reaches it over a socket. */
import { FetchHttpClient } from "@effect/platform"
import { Layer } from "effect"

export const clientKey = "sandbox-client-key"
export const secretKey = "sandbox-secret-key"
export const redirectUri = "http://localhost:3000/callback"
export const email = "user@example.com"
export const password = "sandbox-password"

/** `fetch` without redirects: an API client returns a redirect like any other response. */
export const fetchWithoutRedirects = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
)
