/**
 * Settings that a flag or a variable provides: how `--help` describes them, how they are read, and how messages name
 * them.
 */
import * as Options from "@effect/cli/Options"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** The flags that a variable can replace, by variable. The flag of a secret names a file. */
const flags = {
  BAANX_BASE_URL: "base-url",
  BAANX_REGION: "region",
  BAANX_REDIRECT_URI: "redirect-uri",
  BAANX_EMAIL: "email",
  BAANX_TIMEOUT: "timeout",
  BAANX_CLIENT_KEY: "client-key-file",
  BAANX_SECRET_KEY: "secret-key-file",
  BAANX_PASSWORD: "password-file",
  BAANX_OTP: "otp-file",
  BAANX_STORE_URL: "url-file"
} as const

/** The flags, all of which take a value. */
export const valueFlags: ReadonlyArray<string> = Object.values(flags)

export type Variable = keyof typeof flags

export const flagOf = (variable: Variable): string => flags[variable]

/** Both names of a setting, such as `--redirect-uri (BAANX_REDIRECT_URI)`. */
export const namesOf = (variable: Variable): string => `--${flags[variable]} (${variable})`

const isVariable = (name: string): name is Variable => Object.hasOwn(flags, name)

/** Both names of a setting of the configuration, such as `baseUrl`. */
export const namesOfSetting = (setting: string): string | undefined => {
  const variable = `BAANX_${setting.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
  return isVariable(variable) ? namesOf(variable) : undefined
}

/** Adds its flag to each variable in a sentence, unless the sentence already names the flag. */
export const withFlags = (sentence: string): string =>
  sentence.replaceAll(/\bBAANX_[A-Z_]+/g, (name) =>
    isVariable(name) && !sentence.includes(`--${flags[name]}`) ? `${name} (--${flags[name]})` : name
  )

/** What `--help` says about an option: what it is, its variable, and its default. */
export const described = (what: string, variable: string | undefined, otherwise: string): string =>
  `${what}.${variable === undefined ? "" : ` Variable: ${variable}.`} Default: ${otherwise}.`

/** The option of a setting. It may be absent, so that this command reports a missing setting in its own words. */
export const settingOption = (
  variable: Variable,
  what: string,
  otherwise: string
): Options.Options<Option.Option<string>> =>
  Options.text(flags[variable]).pipe(Options.withDescription(described(what, variable, otherwise)), Options.optional)

/** The option of a secret: a file that contains it. */
export const secretFileOption = (
  variable: Variable,
  what: string,
  otherwise: string
): Options.Options<Option.Option<string>> =>
  Options.file(flags[variable]).pipe(Options.withDescription(described(what, variable, otherwise)), Options.optional)

/** The value of the flag, or else of the variable. */
export const settingOf = (variable: Variable, flag: Option.Option<string>): Effect.Effect<Option.Option<string>> =>
  Option.isSome(flag) ? Effect.succeed(flag) : Effect.orDie(Config.option(Config.string(variable)))

/** The message about a missing setting. */
export const missing = (what: string, variable: Variable): string =>
  `${what} is missing. Set ${variable} or pass --${flags[variable]}.`
