/**
 * One request and its response, as undici's dispatcher reports them: without a signal, stream or promise between the
 * parser and the waiting fiber.
 *
 * A small response creates no array or object literal: V8 soon allocates those that outlive a scavenge in old space,
 * where each keeps its whole call alive until the next full collection.
 */
import { type Deadline, TransportFailure } from "@effect-baanx/api/Transport"
import type { Dispatcher } from "undici"
import { decode, type Decoders, decodersOf } from "./decode.js"
import { failureOf } from "./failureOf.js"
import { pause } from "./pausing.js"
import { type Alarm, cancel, schedule } from "./runtime.js"

/**
 * A body of at most this many bytes is always read, so that a response that nobody reads frees its connection. If its
 * length is announced, it is read before the headers are passed on.
 */
const aheadSize = 64 * 1024

type Headers = Record<string, string | ReadonlyArray<string> | undefined>

export interface Limits {
  /** Bytes. */
  readonly maxResponseSize: number
  /** Milliseconds. */
  readonly headersTimeout: number
  readonly bodyTimeout: number
  /** Whether the sockets are `pausable`; if not, only `maxResponseSize` limits what is read ahead. */
  readonly pauses: boolean
}

const plain: Decoders = []
const empty = Buffer.alloc(0)
const noHeaders: Headers = {}

const expire = (exchange: Exchange): void => exchange.abort(failureOf({ code: "ETIMEDOUT" }, exchange.sent))

/** The request may have been sent since the alarm went off. */
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
  #reading: "whole" | "ahead" | "held" | "pieces" = "whole"
  #decoders = plain
  #size = 0
  #body: Buffer | undefined
  #more: Array<Buffer> | undefined
  /** Set while the request is in flight: once the response has ended, the connection may carry the next one. */
  #controller: Dispatcher.DispatchController | undefined
  #timer: NodeJS.Timeout | undefined
  #deadline: Deadline | undefined
  #alarm: Alarm | undefined
  /** The callback that waits for the headers, then for the next piece or the end of the body. Runs on failure too. */
  #waiting: (() => void) | undefined

  /** `onHeaders` runs once: when the headers have arrived, together with a small body, or when there will be none. */
  constructor(method: string, limits: Limits, onHeaders: () => void) {
    this.#method = method
    this.limits = limits
    this.#waiting = onHeaders
  }

  /** Whether the response and its body are complete, and decoded. */
  get isComplete(): boolean {
    return this.#ended && this.failure === undefined
  }

  get isInPieces(): boolean {
    return this.#reading === "pieces"
  }

  /** Whether the body has to be decoded, which happens once it is complete. */
  get isEncoded(): boolean {
    return this.#decoders.length > 0
  }

  /** The part of the body that has arrived and has not been taken yet. */
  get body(): Buffer {
    if (this.#more !== undefined) {
      this.#body = Buffer.concat(this.#more)
      this.#more = undefined
    }
    return this.#body ?? empty
  }

  /**
   * Aborts the call at its deadline. Called after the dispatch: by then, a call that found a free connection has been
   * sent and needs no alarm for the queue.
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

  /**
   * Reads on until the next piece; `done` receives it, or `undefined` at the end. Only what arrives meanwhile is kept.
   */
  readPiece(done: (piece: Buffer | undefined) => void): void {
    this.#reading = "pieces"
    clearTimeout(this.#timer)
    const take = () => {
      const piece = this.body
      this.#body = undefined
      done(piece.length === 0 ? undefined : piece)
    }
    if (this.#body === undefined) this.#wait(take)
    else take()
  }

  /** Ends the call in any state: a connection in use is closed, and a request that waits for one is never sent. */
  abort(failure: TransportFailure): void {
    if (this.#ended) return
    const controller = this.#controller
    this.failure = failure
    this.#end()
    controller?.abort(failure)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici retries an idempotent request when the connection died, although the request may have arrived: throwing
    // prevents that and, unlike an abort, leaves the connection to others.
    if (this.sent || this.#ended) throw this.failure ?? failureOf(undefined, this.sent)
    this.sent = true
    this.#controller = controller
    if (this.#deadline !== undefined) this.#schedule(this.#deadline)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) {
      // undici restarts its headers timeout at each interim response.
      this.#timer ??= this.#timeOut("UND_ERR_HEADERS_TIMEOUT", this.limits.headersTimeout)
      return
    }
    clearTimeout(this.#timer)
    this.status = status
    this.headers = headers
    if (this.#method === "HEAD" || status === 204 || status === 304) return
    const length = Number(headers["content-length"] ?? Number.NaN)
    if (length > this.limits.maxResponseSize)
      return this.abort(failureOf({ code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" }, true))
    if (headers["content-encoding"] !== undefined) {
      const decoders = decodersOf(headers["content-encoding"])
      if (decoders === undefined) return this.abort(new TransportFailure({ reason: "Encoding", sent: true }))
      this.#decoders = decoders
    }
    if (length <= aheadSize) return
    if (length > aheadSize) this.#hold(controller)
    else this.#reading = "ahead"
    // undici's own timer stops during a pause and restarts at each piece; a response that nobody reads must not keep
    // its connection.
    this.#timer = this.#timeOut("UND_ERR_BODY_TIMEOUT", this.limits.bodyTimeout)
    this.#wake()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // After a pause, undici's parser begins with an empty chunk.
    if (chunk.length === 0) return
    if (this.#body === undefined) this.#body = chunk
    else if (this.#more === undefined) this.#more = [this.#body, chunk]
    else this.#more.push(chunk)
    if (this.#reading === "pieces") {
      if (this.limits.pauses) pause(controller)
      this.#wake()
    } else if (this.#reading === "ahead") {
      this.#size += chunk.length
      if (this.#size > aheadSize) this.#hold(controller)
    }
  }

  onResponseEnd(): void {
    if (!this.isEncoded) return this.#end()
    this.#controller = undefined
    decode(this.body, this.#decoders, this.limits.maxResponseSize, (error, body) => {
      if (this.#ended) return
      if (error === null) this.#body = body
      else this.failure = failureOf(error, true)
      this.#end()
    })
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
    clearTimeout(this.#timer)
    this.#controller?.resume()
  }

  /** Stops reading the body until more of it is requested. */
  #hold(controller: Dispatcher.DispatchController): void {
    if (!this.limits.pauses) return
    this.#reading = "held"
    pause(controller)
  }

  #timeOut(code: string, millis: number): NodeJS.Timeout {
    return setTimeout(() => this.abort(failureOf({ code }, true)), millis).unref()
  }

  /** Replaces the previous alarm, so that only one runs at a time. */
  #schedule({ clock, millis, queueMillis }: Deadline): void {
    if (this.#alarm !== undefined) cancel(this.#alarm)
    this.#alarm = this.sent ? schedule(clock, millis, expire, this) : schedule(clock, queueMillis, expireInQueue, this)
  }

  #end(): void {
    this.#ended = true
    this.#controller = undefined
    if (this.#alarm !== undefined) cancel(this.#alarm)
    this.#alarm = undefined
    clearTimeout(this.#timer)
    this.#wake()
  }

  #wake(): void {
    const resume = this.#waiting
    this.#waiting = undefined
    resume?.()
  }
}
