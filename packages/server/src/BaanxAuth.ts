/**
 * Sign-in as a part of an `HttpApi`, or of any other host.
 *
 * @since 0.1.0
 */
import type { AuthorizationFlow } from "@effect-baanx/oauth/AuthorizationFlow"
import { BeginError, ResumeError, SignInError } from "@effect-baanx/oauth/AuthorizationFlow"
import { InvalidConfigError } from "@effect-baanx/oauth/BaanxError"
import type { LoginService } from "@effect-baanx/oauth/LoginService"
import { type TokenSession, TokenSessionError } from "@effect-baanx/oauth/TokenSession"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { BodyTooLargeError, ForeignOriginError } from "./AuthFailure.js"
import type { AuthOptions } from "./AuthOptions.js"
import { type AuthPaths, AuthRoutes, defaultPaths } from "./AuthRoutes.js"
import { PasswordForm } from "./PasswordForm.js"
import { SameOrigin, SignedIn } from "./SignedIn.js"

type Path = `/${string}`

/**
 * The paths of the `BaanxAuth` routes.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaanxAuthOptions {
  /** The prefix of each path. Default none. */
  readonly prefix?: Path | undefined
  /** Default `/sign-in`, `/callback` and `/sign-out`. */
  readonly paths?: { readonly signIn?: Path; readonly callback?: Path; readonly signOut?: Path } | undefined
}

/** A value that is not a path of this backend is ignored, and so is a second one: an error would show the value. */
const ReturnTo = Schema.Union(Schema.String, Schema.Array(Schema.String))

const groupAt = (paths: BaanxAuthOptions["paths"]) =>
  HttpApiGroup.make("baanxAuth")
    .add(
      HttpApiEndpoint.get("signIn", paths?.signIn ?? "/sign-in")
        .setUrlParams(Schema.Struct({ returnTo: Schema.optional(ReturnTo) }))
        .addSuccess(HttpApiSchema.Empty(302))
        .addError(BeginError)
    )
    .add(
      HttpApiEndpoint.get("callback", paths?.callback ?? "/callback")
        .addSuccess(HttpApiSchema.Empty(302))
        .addError(ResumeError)
        .addError(TokenSessionError)
    )
    .add(
      HttpApiEndpoint.post("signOut", paths?.signOut ?? "/sign-out")
        .addSuccess(HttpApiSchema.NoContent)
        .addError(TokenSessionError)
        .addError(ForeignOriginError)
        .addError(BodyTooLargeError)
    )

const makeGroup = ({ paths, prefix }: BaanxAuthOptions = {}) => {
  const group = groupAt(paths)
  return prefix === undefined ? group : group.prefix(prefix)
}

const makePasswordGroup = ({ path = "/sign-in" }: { readonly path?: Path } = {}) =>
  HttpApiGroup.make("baanxPasswordSignIn").add(
    HttpApiEndpoint.post("passwordSignIn", path)
      .setPayload(PasswordForm)
      .addSuccess(HttpApiSchema.NoContent)
      .addError(SignInError)
      .addError(TokenSessionError)
      .addError(ForeignOriginError)
      .addError(BodyTooLargeError)
  )

type Group = ReturnType<typeof makeGroup>
type PasswordGroup = ReturnType<typeof makePasswordGroup>

const isGroup = (group: HttpApiGroup.HttpApiGroup.Any | undefined): group is Group => group?.identifier === "baanxAuth"

const isPasswordGroup = (group: HttpApiGroup.HttpApiGroup.Any | undefined): group is PasswordGroup =>
  group?.identifier === "baanxPasswordSignIn"

/** The paths of a group's routes, which an API may have moved. */
const pathsOf = ({ endpoints }: Group): AuthPaths => ({
  signIn: endpoints["signIn"]?.path ?? defaultPaths.signIn,
  callback: endpoints["callback"]?.path ?? defaultPaths.callback,
  signOut: endpoints["signOut"]?.path ?? defaultPaths.signOut
})

/** A callback route works only at the path of the redirect URI. */
const checkPath = ({ redirectUri }: AuthOptions, { callback }: AuthPaths): Layer.Layer<never, InvalidConfigError> => {
  const { pathname, protocol } = new URL(redirectUri)
  return !/^https?:$/.test(protocol) || pathname === callback
    ? Layer.empty
    : Layer.fail(
        new InvalidConfigError({
          setting: "redirectUri",
          reason: `its path must be that of the callback, which is ${callback}; set another with BaanxAuth.make({ paths })`
        })
      )
}

const layer = <ApiId extends string, Groups extends HttpApiGroup.HttpApiGroup.Any, E, R>(
  api: HttpApi.HttpApi<ApiId, Groups, E, R>,
  options: AuthOptions
): Layer.Layer<
  | HttpApiGroup.ApiGroup<ApiId, "baanxAuth">
  | HttpApiGroup.ApiGroup<ApiId, "baanxPasswordSignIn">
  | SignedIn
  | SameOrigin
  | AuthRoutes,
  InvalidConfigError,
  AuthorizationFlow | LoginService | TokenSession
> => {
  const { baanxAuth, baanxPasswordSignIn }: Readonly<Record<string, HttpApiGroup.HttpApiGroup.Any>> = api.groups
  const paths = isGroup(baanxAuth) ? pathsOf(baanxAuth) : defaultPaths
  const own = HttpApi.make(api.identifier)

  return Layer.mergeAll(
    isGroup(baanxAuth) ? checkPath(options, paths) : Layer.empty,
    isGroup(baanxAuth)
      ? HttpApiBuilder.group(own.add(baanxAuth), "baanxAuth", (handlers) =>
          Effect.map(AuthRoutes, ({ callback, signIn, signOut }) =>
            handlers
              .handleRaw("signIn", () => signIn)
              .handleRaw("callback", () => callback)
              .handleRaw("signOut", () => signOut)
          )
        )
      : HttpApiBuilder.group(own.add(HttpApiGroup.make("baanxAuth")), "baanxAuth", (handlers) => handlers),
    isPasswordGroup(baanxPasswordSignIn)
      ? HttpApiBuilder.group(own.add(baanxPasswordSignIn), "baanxPasswordSignIn", (handlers) =>
          Effect.map(AuthRoutes, ({ passwordSignIn }) => handlers.handleRaw("passwordSignIn", () => passwordSignIn))
        )
      : HttpApiBuilder.group(
          own.add(HttpApiGroup.make("baanxPasswordSignIn")),
          "baanxPasswordSignIn",
          (handlers) => handlers
        ),
    SignedIn.layer,
    SameOrigin.layer
  ).pipe(Layer.provideMerge(AuthRoutes.layer(options, paths)))
}

/**
 * The sign-in group: `.add` it to an `HttpApi`, and provide `BaanxAuth.layer`. Each route has an operation in the
 * OpenAPI document of that API. Two tabs, going back, reloading and prefetching do not change the outcome.
 *
 * @example
 * ```ts
 * import { BaanxAuth, SignedIn } from "@effect-baanx/server"
 * import { RedirectUri } from "@effect-baanx/oauth"
 * import { HttpApi, HttpApiEndpoint, HttpApiGroup } from "@effect/platform"
 * import { Schema } from "effect"
 *
 * const account = HttpApiGroup.make("account").add(
 *   HttpApiEndpoint.get("me", "/me").addSuccess(Schema.String).middleware(SignedIn)
 * )
 * const Api = HttpApi.make("backend").add(BaanxAuth).add(account)
 *
 * const AuthLive = BaanxAuth.layer(Api, { redirectUri: RedirectUri.make("https://app.example.com/callback") })
 * ```
 *
 * @since 0.1.0
 * @category api
 */
export class BaanxAuth extends groupAt(undefined) {
  /**
   * The same group at other paths.
   *
   * @since 0.1.0
   */
  static readonly make = makeGroup

  /**
   * Everything about sign-in in this API: the routes of `BaanxAuth` and `PasswordSignIn`, whichever you added, the
   * middlewares `SignedIn` and `SameOrigin`, and `AuthRoutes`, which also identifies the user on endpoints that do
   * not require sign-in. A server that this layer is provided to creates no spans for these routes.
   *
   * @since 0.1.0
   */
  static readonly layer = layer
}

/**
 * The group of API mode: `POST /sign-in` with a `PasswordForm`. Add it alongside `BaanxAuth` or instead of it.
 *
 * @since 0.1.0
 * @category api
 */
export class PasswordSignIn extends makePasswordGroup() {
  /**
   * The same group at another path.
   *
   * @since 0.1.0
   */
  static readonly make = makePasswordGroup
}
