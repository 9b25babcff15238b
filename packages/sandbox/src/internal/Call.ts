/** The request that is being handled: its caller, and what the log should say about it. */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import type { SandboxClient } from "../SandboxSeed.js"
import type { Region } from "./Store.js"

/** The client whose key came with the request, and the requested region. */
export interface Caller {
  readonly client: SandboxClient
  readonly region: Region
}

/** Set once the client key has been checked. */
export const currentCaller = FiberRef.unsafeMake<Caller | undefined>(undefined)

/** The calling client. Only endpoints behind the check of the client key may ask for it. */
export const caller: Effect.Effect<Caller> = Effect.flatMap(FiberRef.get(currentCaller), (caller) =>
  caller === undefined
    ? Effect.dieMessage("An endpoint without a checked client key asked for its caller")
    : Effect.succeed(caller)
)

/** What is known about a request besides its response; none of it is secret. */
export interface Notes {
  /** The name of the endpoint in the contract. */
  step?: string
  clientKey?: string
  region?: Region
  userId?: string
  sessionId?: string
  /** The kind of the fault that affected it. */
  fault?: string
  /** The fields of the body, redacted. */
  body?: Readonly<Record<string, unknown>>
  /** Why it was refused, in more detail than the caller gets. */
  detail?: string
}

/** A separate record for each request, written while it is handled. */
export const currentNotes = FiberRef.unsafeMake<Notes>({})

/** Adds to what the log says about this request. */
export const note = (notes: Notes): Effect.Effect<void> =>
  Effect.map(FiberRef.get(currentNotes), (kept) => {
    Object.assign(kept, notes)
  })

/** Refuses the request with an error of the contract. The detail is only for the log. */
export const refuse = <Answer>(answer: Answer, detail?: string): Effect.Effect<never, Answer> =>
  detail === undefined ? Effect.fail(answer) : Effect.zipRight(note({ detail }), Effect.fail(answer))
