/**
 * The one authorize call that every contender makes: the request, the response, and the checks for contenders that
 * write them by hand.
 */

export const path = "/v1/auth/oauth/authorize"
export const clientKey = "bench-client-key"
export const sessionToken =
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJqdGkiOiJiNmI5MTY4YS1iYjU2In0.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"
export const loginToken = "US_b6b9168a-bb56-4c6a-9c0d-4650ea74f5f9"
export const redirectUri = "https://app.example.com/callback"
export const state = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"
export const code = "auth_code_100a99cf-f4d3-4fa1-9be9-2e9828b20ebc"

/** The request's headers for a library that adds the bearer token itself. */
export const headersWithoutBearer = {
  accept: "application/json",
  "content-type": "application/json",
  "x-client-key": clientKey,
  "x-us-env": "false"
}

/** All of the request's headers. */
export const headers = { ...headersWithoutBearer, authorization: `Bearer ${loginToken}` }

export interface Answer {
  readonly url: string
  readonly code: string
  readonly state: string
}

export const answer: Answer = { url: `${redirectUri}?state=${state}&code=${code}`, code, state }

/** Reads the three strings of a response without a Schema. */
export const read = (value: unknown): Answer => {
  if (
    typeof value === "object" &&
    value !== null &&
    "url" in value &&
    "code" in value &&
    "state" in value &&
    typeof value.url === "string" &&
    typeof value.code === "string" &&
    typeof value.state === "string"
  ) {
    return { url: value.url, code: value.code, state: value.state }
  }
  throw new Error("not a response from authorize")
}

/** Returns the code; throws unless the state is the one that was sent. */
export const checkState = (answer: Answer): string => {
  if (answer.state !== state) throw new Error("a different state came back")
  return answer.code
}

/** Throws unless the URL leads to the registered location with exactly this code and this state. */
export const checkUrl = (answer: Answer): void => {
  const url = new URL(answer.url)
  const { searchParams } = url
  if (
    url.origin + url.pathname !== redirectUri ||
    searchParams.size !== 2 ||
    searchParams.get("code") !== answer.code ||
    searchParams.get("state") !== answer.state
  ) {
    throw new Error("the URL leads elsewhere")
  }
}

/** Both checks. */
export const check = (answer: Answer): string => {
  const code = checkState(answer)
  checkUrl(answer)
  return code
}
