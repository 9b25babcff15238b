/**
 * One request and its response, as undici's dispatcher reports them: no signal, stream or promise stands between the
 * parser and the waiting fiber.
 *
 * A small response makes no array or object literal: V8 soon allocates those that outlive a scavenge in old space, where
 * each keeps its whole call alive until the next full collection.
 */
import type { Deadline, TransportFailure } from "@effect-baanx/api/Transport"
import type { Dispatcher } from "undici"
import { failureOf } from "./failureOf.js"
import { type Alarm, cancel, schedule } from "./runtime.js"

/** A response that announces at most this many bytes is read in one piece, before its headers are handed on. */
const pieceSize = 64 * 1024

type Headers = Record<string, string | ReadonlyArray<string> | undefined>

export interface Limits {
  /** Bytes. */
  readonly maxResponseSize: number
  /** Milliseconds. */
  readonly bodyTimeout: number
}

const empty = Buffer.alloc(0)
const noHeaders: Headers = {}

const expire = (exchange: Exchange): void => exchange.abort(failureOf({ code: "ETIMEDOUT" }, exchange.sent))

/** It may have been sent since its alarm went off. */
const expireInQueue = (exchange: Exchange): void => {
  if (!exchange.sent) expire(exchange)
}

export class Exchange implements Dispatcher.DispatchHandler {
  sent = false
  status = 0
  headers = noHeaders
  failure: TransportFailure | undefined
  readonly limits: Limits

  readonly #method: string
  #ended = false
  #reading: "whole" | "held" | "pieces" = "whole"
  #body: Buffer | undefined
  #more: Array<Buffer> | undefined
  #controller: Dispatcher.DispatchController | undefined
  #unread: NodeJS.Timeout | undefined
  #deadline: Deadline | undefined
  #alarm: Alarm | undefined
  /** Called at the end and on failure; in pieces, for each piece too; before the headers, when they arrive. */
  #waiting: (() => void) | undefined

  /** `onHeaders` runs once: when the headers have arrived, a small body with them, or when there will be none. */
  constructor(method: string, limits: Limits, onHeaders: () => void) {
    this.#method = method
    this.limits = limits
    this.#waiting = onHeaders
  }

  /** The response and its body are complete. */
  get isComplete(): boolean {
    return this.#ended && this.failure === undefined
  }

  get isInPieces(): boolean {
    return this.#reading === "pieces"
  }

  /** The part of the body that has arrived and was not taken yet. */
  get body(): Buffer {
    if (this.#more !== undefined) {
      this.#body = Buffer.concat(this.#more)
      this.#more = undefined
    }
    return this.#body ?? empty
  }

  /**
   * Aborts the call at its deadline. Called after the dispatch, when a call that found a free connection is on its way and
   * needs no alarm for the queue.
   */
  endWithin(deadline: Deadline): void {
    if (this.#ended) return
    this.#deadline = deadline
    this.#schedule(deadline)
  }

  /** Reads to the end and keeps everything; `done` runs when the response is complete or has failed. */
  readWhole(done: () => void): void {
    this.#reading = "whole"
    this.#wait(done)
  }

  /** Reads on until the next piece; `done` gets it, or `undefined` at the end. Only what arrives meanwhile is kept. */
  readPiece(done: (piece: Buffer | undefined) => void): void {
    this.#reading = "pieces"
    const take = () => {
      const piece = this.body
      this.#body = undefined
      done(piece.length === 0 ? undefined : piece)
    }
    if (this.#body === undefined) this.#wait(take)
    else take()
  }

  /** Ends the call in any state: a connection in use is closed, a request that waits for one is never sent. */
  abort(failure: TransportFailure): void {
    if (this.#ended) return
    const controller = this.#controller
    this.failure = failure
    this.#end()
    controller?.abort(failure)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici sends an idempotent request again when the connection died before it: it may have arrived, so we refuse.
    // A throw, unlike an abort, leaves the connection to others.
    if (this.sent || this.#ended) throw this.failure ?? failureOf(undefined, this.sent)
    this.sent = true
    this.#controller = controller
    if (this.#deadline !== undefined) this.#schedule(this.#deadline)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return
    this.status = status
    this.headers = headers
    if (this.#method === "HEAD" || status === 204 || status === 304) return
    const length = Number(headers["content-length"] ?? Number.NaN)
    if (length > this.limits.maxResponseSize)
      return this.abort(failureOf({ code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" }, true))
    if (length <= pieceSize && headers["content-encoding"] === undefined) return
    this.#reading = "held"
    controller.pause()
    // undici's own timer does not run while it is paused, and a response that nobody reads must not keep its connection.
    this.#unread = setTimeout(
      () => this.abort(failureOf({ code: "UND_ERR_BODY_TIMEOUT" }, true)),
      this.limits.bodyTimeout
    )
    this.#unread.unref()
    this.#wake()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // After a pause, undici's parser begins with an empty chunk.
    if (chunk.length === 0) return
    if (this.#body === undefined) this.#body = chunk
    else if (this.#more === undefined) this.#more = [this.#body, chunk]
    else this.#more.push(chunk)
    if (this.#reading === "pieces") {
      controller.pause()
      this.#wake()
    }
  }

  onResponseEnd(): void {
    this.#end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#ended) return
    this.failure = failureOf(error, this.sent)
    this.#end()
  }

  #wait(done: () => void): void {
    if (this.#ended) return done()
    const before = this.#waiting
    this.#waiting =
      before === undefined
        ? done
        : () => {
            before()
            done()
          }
    if (this.#unread !== undefined) clearTimeout(this.#unread)
    this.#controller?.resume()
  }

  /** In place of the alarm before, so that one runs at a time. */
  #schedule({ clock, millis, queueMillis }: Deadline): void {
    if (this.#alarm !== undefined) cancel(this.#alarm)
    this.#alarm = this.sent ? schedule(clock, millis, expire, this) : schedule(clock, queueMillis, expireInQueue, this)
  }

  #end(): void {
    this.#ended = true
    this.#controller = undefined
    if (this.#alarm !== undefined) cancel(this.#alarm)
    this.#alarm = undefined
    if (this.#unread !== undefined) clearTimeout(this.#unread)
    this.#wake()
  }

  #wake(): void {
    const resume = this.#waiting
    this.#waiting = undefined
    resume?.()
  }
}
