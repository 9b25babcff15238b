/** Server-sent events that tell every listener that something changed. What changed is read through the admin API. */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { Readable } from "node:stream"

/** The same bytes for every listener. */
const changed = Buffer.from("data: changed\n\n")

/** Changes within this time are one event, since an event says only that something changed. */
const restMillis = 100

/** How many listeners are written to before requests get a turn. */
const batch = 10

/** The events of one sandbox. */
export interface Events {
  /** Announces a change. Its cost to a request does not depend on the number of listeners. */
  readonly tell: () => void
  /** The response for a listener: one event to begin with, and one after each change. */
  readonly response: () => HttpServerResponse.HttpServerResponse
  /** Ends all current listeners, and any later ones. */
  readonly end: () => void
}

/** Creates the events, without a listener. */
export const makeEvents = (): Events => {
  const listeners = new Set<Readable>()
  let hasNews = false
  let hasEnded = false
  let timer: NodeJS.Timeout | undefined

  const listen = () => {
    const listener: Readable = new Readable({
      // Added at the first read, since a listener whose response is never sent would never be removed.
      read: () => {
        if (hasEnded) listener.push(null)
        else if (!listeners.has(listener)) {
          listeners.add(listener)
          listener.push(changed)
        }
      },
      destroy: (error, done) => {
        listeners.delete(listener)
        done(error)
      }
    })
    return listener
  }

  const write = (waiting: ReadonlyArray<Readable>) => {
    for (const listener of waiting.slice(0, batch)) {
      // A listener that has not read its last event needs no other.
      if (listeners.has(listener) && listener.readableLength === 0) listener.push(changed)
    }
    if (waiting.length > batch) setImmediate(write, waiting.slice(batch))
  }

  const flush = () => {
    timer = undefined
    if (!hasNews) return
    hasNews = false
    timer = setTimeout(flush, restMillis)
    write([...listeners])
  }

  return {
    tell: () => {
      if (listeners.size === 0) return
      hasNews = true
      timer ??= setTimeout(flush, 0)
    },
    response: () => HttpServerResponse.raw(listen(), { contentType: "text/event-stream" }),
    end: () => {
      hasEnded = true
      clearTimeout(timer)
      for (const listener of listeners) listener.push(null)
      listeners.clear()
    }
  }
}
