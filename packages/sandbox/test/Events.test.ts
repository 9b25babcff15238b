import { Sandbox, SandboxAdmin } from "@effect-baanx/sandbox"
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Queue, Stream } from "effect"
import { once } from "node:events"
import { Readable } from "node:stream"
import { makeEvents, type Events } from "../src/internal/Events.js"
import { call, loginCall } from "./Steps.js"

const event = "data: changed\n\n"

const listen = ({ response }: Events) => {
  const { body } = response()
  assert(body._tag === "Raw" && body.body instanceof Readable)
  return body.body
}

const next = (listener: Readable) => Effect.promise(() => once(listener, "data")).pipe(Effect.map(([bytes]) => bytes))

describe("the stream of events", () => {
  it.live("sends the same bytes to every listener", () =>
    Effect.gen(function* () {
      const events = makeEvents()
      const listeners = Array.from({ length: 50 }, () => listen(events))
      const first = yield* Effect.all(listeners.map(next), { concurrency: "unbounded" })
      const second = yield* Effect.fork(Effect.all(listeners.map(next), { concurrency: "unbounded" }))
      yield* Effect.yieldNow()
      events.tell()
      const bytes = new Set([...first, ...(yield* Fiber.join(second))])
      assert.deepStrictEqual([...bytes].map(String), [event])
    })
  )

  it.live("does not wait for a listener, and keeps one event for a listener that does not read", () =>
    Effect.gen(function* () {
      const events = makeEvents()
      const deaf = listen(events).pause()
      deaf.read(0)
      const reader = listen(events)
      yield* next(reader)
      for (const _ of ["once", "twice", "three times"]) {
        const heard = yield* Effect.fork(next(reader))
        yield* Effect.yieldNow()
        events.tell()
        yield* Fiber.join(heard)
      }
      events.end()
      assert.strictEqual(String(Buffer.concat(yield* Effect.promise(() => deaf.toArray()))), event)
    })
  )

  it.scopedLive("reports requests and changes through the admin API, also in process", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Sandbox
      const { advanceClock } = yield* SandboxAdmin
      const response = yield* HttpClient.get(`${baseUrl}/_sandbox/events`)
      assert.strictEqual(response.headers["content-type"], "text/event-stream")
      const heard = yield* Queue.unbounded<string>()
      yield* Effect.forkScoped(
        Stream.runForEach(Stream.decodeText(response.stream), (text) => Queue.offer(heard, text))
      )
      assert.strictEqual(yield* Queue.take(heard), event)
      yield* call(loginCall)
      assert.strictEqual(yield* Queue.take(heard), event)
      yield* advanceClock({ payload: { seconds: 1 } })
      assert.strictEqual(yield* Queue.take(heard), event)
    }).pipe(Effect.provide(SandboxAdmin.layer.pipe(Layer.provideMerge(Sandbox.layerHttpClient()))))
  )
})
