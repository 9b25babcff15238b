/** What a sandbox knows without a seed, and the client that the tests reach it with over a socket. */
import { FetchHttpClient } from "@effect/platform"
import { Layer } from "effect"

export const clientKey = "sandbox-client-key"
export const secretKey = "sandbox-secret-key"
export const redirectUri = "http://localhost:3000/callback"
export const email = "user@example.com"
export const password = "sandbox-password"

/** `fetch` as a client of an API has it: a redirect is an answer like any other. */
export const fetchWithoutRedirects = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
)
