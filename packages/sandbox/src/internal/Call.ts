/** The request that is being answered: who calls, and what the log should say about it. */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import type { SandboxClient } from "../SandboxSeed.js"
import type { Region } from "./Store.js"

/** The client whose key came with the request, and the region it asked for. */
export interface Caller {
  readonly client: SandboxClient
  readonly region: Region
}

/** Set once the client key was checked. */
export const currentCaller = FiberRef.unsafeMake<Caller | undefined>(undefined)

/** The client that calls. Only endpoints behind the check of the client key ask for it. */
export const caller: Effect.Effect<Caller> = Effect.flatMap(FiberRef.get(currentCaller), (caller) =>
  caller === undefined
    ? Effect.dieMessage("An endpoint without a checked client key asked who calls")
    : Effect.succeed(caller)
)

/** What is known of a request besides its answer; nothing of it is secret. */
export interface Notes {
  /** The name of the endpoint in the contract. */
  step?: string
  clientKey?: string
  region?: Region
  userId?: string
  sessionId?: string
  /** The kind of the fault that befell it. */
  fault?: string
  /** The fields of the body, redacted. */
  body?: Readonly<Record<string, unknown>>
  /** Why it was refused, in more words than the caller is told. */
  detail?: string
}

/** A record of its own for each request, written while it is answered. */
export const currentNotes = FiberRef.unsafeMake<Notes>({})

/** Adds to what the log says of this request. */
export const note = (notes: Notes): Effect.Effect<void> =>
  Effect.map(FiberRef.get(currentNotes), (kept) => {
    Object.assign(kept, notes)
  })

/** Refuses the request with an answer of the contract. The detail is for the log alone. */
export const refuse = <Answer>(answer: Answer, detail?: string): Effect.Effect<never, Answer> =>
  detail === undefined ? Effect.fail(answer) : Effect.zipRight(note({ detail }), Effect.fail(answer))
