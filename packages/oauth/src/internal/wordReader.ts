import { constFalse } from "effect/Function"
import { withoutSecrets } from "./withoutSecrets.js"

/**
 * How the words of a refusal are read. A login has a reader of its own: a response to it may repeat what a user typed.
 *
 * @since 0.1.0
 * @category models
 */
export interface WordReader {
  /** What an error may carry of a text of Baanx. */
  readonly shown: (text: string, secrets: ReadonlyArray<string>) => string
  /** Whether what is shown counts more than the status. */
  readonly decides: (description: string, status: number) => boolean
}

/** For responses to long random secrets. */
export const cleaned: WordReader = { shown: withoutSecrets, decides: constFalse }
