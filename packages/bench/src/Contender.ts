/** The interface of a contender. */
import type { Lane } from "./Lane.js"

export interface Contender {
  /** One authorize call with all its checks; returns the code, rejects if a check fails. */
  readonly authorize: () => Promise<string>
  /** The same calls one after another, for a contender that is not called from promises. */
  readonly lane?: Lane
  /** Closes every connection. */
  readonly close: () => Promise<void>
}

/** What the file of a contender exports as `connect`. */
export type Connect = (origin: string) => Promise<Contender>
