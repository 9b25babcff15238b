/** `@effect/vitest` as the tests for Effect 3 use it: with `it.scoped`, and properties by FastCheck. */
import { describe, it as base } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as FastCheck from "fast-check"
import { counted } from "./clock.js"

export { afterEach, assert, expect, vi } from "@effect/vitest"
export { describe }

type Arbitraries<Values> = { readonly [Name in keyof Values]: FastCheck.Arbitrary<Values[Name]> }

type Options = number | { readonly timeout?: number; readonly fastCheck?: FastCheck.Parameters<unknown> }

const arbitraryOf = (arbitraries: Arbitraries<object>): FastCheck.Arbitrary<unknown> =>
  Array.isArray(arbitraries) ? FastCheck.tuple(...arbitraries) : FastCheck.record(Object(arbitraries))

const timeoutOf = (options: Options | undefined) => (typeof options === "number" ? options : options?.timeout)

const parametersOf = (options: Options | undefined): FastCheck.Parameters<unknown> =>
  (typeof options === "object" ? options.fastCheck : undefined) ?? {}

interface Property {
  <const Values extends ReadonlyArray<unknown> | object>(
    title: string,
    arbitraries: Arbitraries<Values>,
    property: (values: Values) => unknown,
    options?: Options
  ): void
}

interface EffectProperty {
  <const Values extends ReadonlyArray<unknown> | object, A, E>(
    title: string,
    arbitraries: Arbitraries<Values>,
    property: (values: Values) => Effect.Effect<A, E, Scope.Scope>,
    options?: Options
  ): void
}

function prop(title: string, arbitraries: object, property: (values: never) => unknown, options?: Options): void {
  base(
    title,
    () =>
      FastCheck.assert(
        FastCheck.property(
          arbitraryOf(arbitraries),
          (values) => Reflect.apply(property, undefined, [values]) !== false
        ),
        parametersOf(options)
      ),
    timeoutOf(options)
  )
}

type Run = (effect: Effect.Effect<void, unknown, Scope.Scope>) => Promise<void>

const effectProperty = (run: Run): EffectProperty => {
  function effectProp(
    title: string,
    arbitraries: object,
    property: (values: never) => unknown,
    options?: Options
  ): void {
    base.live(
      title,
      () =>
        Effect.promise(() =>
          FastCheck.assert(
            FastCheck.asyncProperty(arbitraryOf(arbitraries), (values) =>
              run(Effect.asVoid(Effect.suspend(() => Reflect.apply(property, undefined, [values]))))
            ),
            parametersOf(options)
          )
        ),
      timeoutOf(options)
    )
  }
  return effectProp
}

/** Each run has a clock and a scope of its own, as each test has. */
const withTestClock: Run = (effect) => Effect.runPromise(effect.pipe(Effect.scoped, Effect.provide(TestClock.layer())))

const withLiveClock: Run = (effect) => Effect.runPromise(Effect.scoped(effect))

const properties: { readonly prop: Property; readonly effect: EffectProperty; readonly live: EffectProperty } = {
  prop,
  effect: effectProperty(withTestClock),
  live: effectProperty(withLiveClock)
}

const effect = Object.assign(
  <A, E>(
    title: string,
    test: Parameters<typeof base.effect<A, E>>[1],
    options?: Parameters<typeof base.effect<A, E>>[2]
  ) => base.effect(title, (context) => Effect.provide(test(context), counted), options),
  base.effect,
  { prop: properties.effect }
)

const live = Object.assign(base.live.bind(undefined), base.live, { prop: properties.live })

export const it = Object.assign(base.bind(undefined), base, {
  effect,
  scoped: effect,
  live,
  scopedLive: live,
  prop: properties.prop
})
