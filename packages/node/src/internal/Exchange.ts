/**
 * One request and its answer, as undici's dispatcher tells of them: no signal, no stream and no promise stand between
 * the parser and the fiber that waits.
 *
 * No array or object literal is made for a small answer: V8 soon puts those that outlive a scavenge into old space at
 * birth, where each, once dead, keeps its whole call alive until the next full collection.
 */
import type * as Clock from "effect/Clock"
import type { Dispatcher } from "undici"
import type { NodeTransportFailure } from "../NodeTransportFailure.js"
import { failure } from "./failure.js"
import { schedule } from "./schedule.js"

/** An answer that announces no more than this is read in one piece before anybody sees it. */
const pieceSize = 64 * 1024

type Headers = Record<string, string | ReadonlyArray<string> | undefined>

export interface Limits {
  /** Bytes. */
  readonly maxResponseSize: number
  /** Milliseconds. */
  readonly bodyTimeout: number
}

export interface TimeLimit {
  readonly millis: number
  readonly clock: Clock.Clock
}

const empty = Buffer.alloc(0)
const noHeaders: Headers = {}

export class Exchange implements Dispatcher.DispatchHandler {
  sent = false
  status = 0
  headers = noHeaders
  failure: NodeTransportFailure | undefined
  readonly limits: Limits

  readonly #method: string
  #ended = false
  #reading: "whole" | "held" | "pieces" = "whole"
  #body: Buffer | undefined
  #more: Array<Buffer> | undefined
  #controller: Dispatcher.DispatchController | undefined
  #unread: NodeJS.Timeout | undefined
  #cancelDeadline: (() => void) | undefined
  /** Woken by the end and by a failure; in pieces, by each piece too. Until the headers are there, by them. */
  #waiting: (() => void) | undefined

  /** `answered` runs once: when the headers are there (and with them a small body), or when there will be none. */
  constructor(method: string, limits: Limits, answered: () => void) {
    this.#method = method
    this.limits = limits
    this.#waiting = answered
  }

  /** The answer and its body are complete. */
  get isComplete(): boolean {
    return this.#ended && this.failure === undefined
  }

  get isInPieces(): boolean {
    return this.#reading === "pieces"
  }

  /** What has come of the body and was not yet taken. */
  get body(): Buffer {
    if (this.#more !== undefined) {
      this.#body = Buffer.concat(this.#more)
      this.#more = undefined
    }
    return this.#body ?? empty
  }

  /** From here to the end of the answer the call may take so long, by this Clock. */
  endWithin({ clock, millis }: TimeLimit): void {
    this.#cancelDeadline = schedule(clock, millis, () => this.abort(failure({ code: "ETIMEDOUT" }, this.sent)))
  }

  /** Reads to the end and keeps everything; `done` runs when the answer is complete or has failed. */
  readWhole(done: () => void): void {
    this.#reading = "whole"
    this.#wait(done)
  }

  /** Reads on until something is there; `done` gets it, or nothing at the end. Only what has come meanwhile is kept. */
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

  /** Ends the call whatever its state: a connection in use is closed, a request that still waits for one never goes. */
  abort(reason: NodeTransportFailure): void {
    if (this.#ended) return
    const controller = this.#controller
    this.failure = reason
    this.#end()
    controller?.abort(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici sends an idempotent request again when the connection died before it: it may have arrived, so we refuse.
    // A throw, unlike an abort, leaves the connection to others.
    if (this.sent || this.#ended) throw this.failure ?? failure(undefined, this.sent)
    this.sent = true
    this.#controller = controller
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return
    this.status = status
    this.headers = headers
    if (this.#method === "HEAD" || status === 204 || status === 304) return
    const length = Number(headers["content-length"] ?? Number.NaN)
    if (length > this.limits.maxResponseSize)
      return this.abort(failure({ code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" }, true))
    if (length <= pieceSize && headers["content-encoding"] === undefined) return
    this.#reading = "held"
    controller.pause()
    // undici's own timer does not count while it is paused: an answer that nobody reads must not keep its connection.
    this.#unread = setTimeout(
      () => this.abort(failure({ code: "UND_ERR_BODY_TIMEOUT" }, true)),
      this.limits.bodyTimeout
    )
    this.#unread.unref()
    this.#wake()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // After a pause, undici's parser begins with nothing.
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
    this.failure = failure(error, this.sent)
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

  #end(): void {
    this.#ended = true
    this.#controller = undefined
    this.#cancelDeadline?.()
    this.#cancelDeadline = undefined
    if (this.#unread !== undefined) clearTimeout(this.#unread)
    this.#wake()
  }

  #wake(): void {
    const resume = this.#waiting
    this.#waiting = undefined
    resume?.()
  }
}
