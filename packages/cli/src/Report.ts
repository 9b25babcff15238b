/** The output of a command: lines for people, or one JSON value for programs. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { styleText } from "node:util"
import { type Misused, Refused } from "./Outcome.js"

/** One step of the flow. */
export interface Step {
  readonly step: 1 | 2 | 3 | 4
  readonly name: "initiate" | "login" | "authorize" | "token"
  readonly request: string
  /** The result, without any complete secret; for a failed step, the tag of the error. */
  readonly outcome: ReadonlyArray<string>
  readonly millis: number
}

export interface Report {
  readonly title: (text: string) => Effect.Effect<void>
  readonly step: (step: Step) => Effect.Effect<void>
  readonly failedStep: (step: Step) => Effect.Effect<void>
  readonly done: (text: string, fields: Readonly<Record<string, unknown>>) => Effect.Effect<void>
  readonly failed: (error: Refused | Misused) => Effect.Effect<void>
  /** Ctrl-C, or a signal to end. */
  readonly stopped: Effect.Effect<void>
}

/** The beginning of a secret and its length: enough to recognise it, not to use it. */
export const masked = (secret: Redacted.Redacted<string>): string => {
  const text = Redacted.value(secret)
  return `${text.slice(0, Math.min(6, Math.floor(text.length / 4)))}… (${text.length} characters)`
}

/** Lines on standard output, and errors on standard error. */
export const forPeople = (colors: boolean, errorColors: boolean): Report => {
  const paint = (style: Parameters<typeof styleText>[0], text: string, painted = colors) =>
    painted ? styleText(style, text) : text
  const printStep =
    (mark: string): Report["step"] =>
    ({ millis, name, outcome, request, step }) =>
      Console.log(
        `${mark} ${step} ${paint("bold", name.padEnd(9))} ${request}  ${paint("dim", `${millis} ms`)}\n` +
          outcome.map((line) => `              ${line}\n`).join("")
      )
  return {
    title: (text) => Console.log(`${text}\n`),
    step: printStep(paint("green", "✓")),
    failedStep: printStep(paint("red", "✗")),
    done: (text) => Console.log(paint("bold", text)),
    failed: ({ message }) => Console.error(`${paint("red", "baanx:", errorColors)} ${message}`),
    stopped: Effect.void
  }
}

/**
 * One JSON value on standard output: `{"ok": true, "steps": […], …}` or `{"ok": false, "steps": […], "failedStep": {…},
 * "error": {…}}`, with the completed steps.
 */
export const forPrograms = (): Report => {
  const steps: Array<Step> = []
  let failedStep: Step | undefined
  const failed: Report["failed"] = ({ message, tag }) =>
    Console.log(JSON.stringify({ ok: false, steps, failedStep, error: { tag, message } }))
  return {
    title: () => Effect.void,
    step: (step) =>
      Effect.sync(() => {
        steps.push(step)
      }),
    failedStep: (step) =>
      Effect.sync(() => {
        failedStep = step
      }),
    done: (_, fields) => Console.log(JSON.stringify({ ok: true, steps, ...fields })),
    failed,
    stopped: failed(new Refused({ tag: "Interrupted", message: "Stopped before it was done." }))
  }
}
