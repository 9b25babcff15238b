/** Trims settings: an editor, a shell or a secret mounted as a file leaves spaces and line breaks around them. */
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"

/** The text without surrounding whitespace. A password may end in spaces, so it loses only its last line break. */
export const trimmed = (variable: string, text: string): string =>
  variable === "BAANX_PASSWORD" ? text.replace(/\r?\n$/, "") : text.trim()

const trimming = ({ flattened }: ConfigProvider.ConfigProvider) =>
  ConfigProvider.fromFlat(
    ConfigProvider.makeFlat({
      patch: flattened.patch,
      enumerateChildren: flattened.enumerateChildren,
      load: (path, primitive, isList) =>
        flattened.load(
          path,
          {
            ...primitive,
            parse: (text) => {
              const value = trimmed(path.join("_"), text)
              return value === "" && !isList
                ? Either.left(ConfigError.MissingData([...path], "It is blank"))
                : primitive.parse(value)
            }
          },
          isList
        )
    })
  )

/** Reads each variable without surrounding whitespace; a blank one counts as not set. */
export const withTrimmedEnvironment = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.configProviderWith((provider) => Effect.withConfigProvider(effect, trimming(provider)))
