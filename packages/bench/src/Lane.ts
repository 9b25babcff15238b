/** Calls one after another, as each of the concurrent callers makes them. */
import * as Effect from "effect/Effect"

/** Makes calls while `more` returns true. It receives the code of each call. */
export type Lane = (more: (code: string) => boolean) => Promise<void>

/** For code that awaits promises. */
export const promiseLane =
  (authorize: () => Promise<string>): Lane =>
  async (more) => {
    let code = await authorize()
    while (more(code)) code = await authorize()
  }

/** A call on Effect, as a step of a fiber and as a promise. */
export const onEffect = <E>(
  run: <A>(effect: Effect.Effect<A, E>) => Promise<A>,
  authorize: Effect.Effect<string, E>
): { readonly authorize: () => Promise<string>; readonly lane: Lane } => ({
  authorize: () => run(authorize),
  lane: (more) =>
    run(
      Effect.gen(function* () {
        let code = yield* authorize
        while (more(code)) code = yield* authorize
      })
    )
})
