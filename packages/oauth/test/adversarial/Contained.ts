import type { BaanxError } from "@effect-baanx/oauth"
import * as Errors from "@effect-baanx/oauth/BaanxError"
import { assert } from "@effect/vitest"
import { Cause, Effect, Either, Exit, Option } from "effect"
import { channels, secretsIn } from "../Channels.js"

const tags = new Set(Object.keys(Errors).filter((name) => name.endsWith("Error")))

/** The result of a call. A defect, a foreign error or a secret in the printed error fails the test. */
export const contained = <A, E extends BaanxError, R>(
  call: Effect.Effect<A, E, R>,
  secrets: Readonly<Record<string, string>>
): Effect.Effect<Either.Either<A, E>, never, R> =>
  Effect.map(Effect.exit(call), (exit) => {
    const end = typed(exit)
    if (Either.isLeft(end)) {
      const { left } = end
      assert.deepStrictEqual(
        secretsIn(secrets, [left.message, left.stack ?? "", String(left), JSON.stringify(left)]),
        []
      )
    }
    return end
  })

/** The same, with all channels searched for secrets, which takes a few milliseconds. */
export const silent = <A, E extends BaanxError, R>(
  call: Effect.Effect<A, E, R>,
  secrets: Readonly<Record<string, string>>
): Effect.Effect<Either.Either<A, E>, never, R> =>
  Effect.gen(function* () {
    let end: Exit.Exit<A, E> | undefined
    const shown = yield* channels(Effect.onExit(call, (exit) => Effect.sync(() => (end = exit))))
    assert.deepStrictEqual(secretsIn(secrets, shown), [])
    return end === undefined ? assert.fail("the call did not end") : typed(end)
  })

const typed = <A, E extends BaanxError>(exit: Exit.Exit<A, E>): Either.Either<A, E> => {
  if (Exit.isSuccess(exit)) return Either.right(exit.value)
  const failure = Cause.failureOption(exit.cause)
  if (Option.isNone(failure)) return assert.fail(`not a typed error: ${Cause.pretty(exit.cause)}`)
  assert.isTrue(tags.has(failure.value._tag), failure.value._tag)
  return Either.left(failure.value)
}
