/** Declares the backend's API: the groups of sign-in, and two routes of its own. */
import { UserAnswer } from "@effect-baanx/api/Login"
import { TokenSessionError } from "@effect-baanx/oauth"
import { BaanxAuth, PasswordSignIn, SignedIn } from "@effect-baanx/server"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { Schema } from "effect"

/** Baanx did not return the user's data. */
export class UserUnavailableError extends Schema.TaggedError<UserUnavailableError>()(
  "UserUnavailableError",
  {},
  HttpApiSchema.annotations({ status: 502 })
) {}

const Html = HttpApiSchema.Text({ contentType: "text/html; charset=utf-8" })

export class BackendApi extends HttpApi.make("backend")
  .add(BaanxAuth)
  .add(PasswordSignIn)
  .add(
    HttpApiGroup.make("account", { topLevel: true })
      .add(HttpApiEndpoint.get("home", "/").addSuccess(Html))
      .add(
        HttpApiEndpoint.get("me", "/me")
          .addSuccess(UserAnswer)
          .addError(TokenSessionError)
          .addError(UserUnavailableError)
          .middleware(SignedIn)
      )
  ) {}
