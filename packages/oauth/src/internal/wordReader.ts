import { constFalse } from "effect/Function"
import { withoutSecrets } from "./withoutSecrets.js"

/**
 * How the words of an error response are read. A login has its own reader, because the response may repeat what a user
 * typed.
 *
 * @since 0.1.0
 * @category models
 */
export interface WordReader {
  /** The part of Baanx's text that an error may show. */
  readonly shown: (text: string, secrets: ReadonlyArray<string>) => string
  /** Whether the description takes precedence over the status. */
  readonly decides: (description: string, status: number) => boolean
}

/** For requests whose secrets are long and random. */
export const cleaned: WordReader = { shown: withoutSecrets, decides: constFalse }
