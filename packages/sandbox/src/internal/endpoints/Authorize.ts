/** `POST /v1/auth/oauth/authorize`: step 3, "Generate Authorization Code". */
import type { authorize as contract } from "@effect-baanx/api/BaanxApi"
import { AuthorizationCode, State } from "@effect-baanx/api/Credentials"
import type { HttpApiEndpoint } from "@effect/platform/HttpApiEndpoint"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { refuse } from "../Call.js"
import { checkLoginToken } from "../checks/Bearer.js"
import { checkSessionToken } from "../checks/SessionToken.js"
import { issueCode } from "../Sessions.js"
import { accountDisabled } from "../SignIn.js"

/** Ends a session of step 1 with a code for the user of step 2. */
export const authorize = ({ headers, payload }: HttpApiEndpoint.Request<typeof contract>) =>
  Effect.gen(function* () {
    const { user } = yield* checkLoginToken(headers.authorization)
    if (user.disabled) return yield* refuse(accountDisabled)
    const session = yield* checkSessionToken(Redacted.value(payload.token))
    const { code, url } = yield* issueCode(session, user.id)
    // A session of this family always has a state: the contract requires it.
    return { url: Redacted.make(url), code: AuthorizationCode.make(code), state: State.make(session.state ?? "") }
  })
