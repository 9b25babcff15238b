/** One line for each request to the sandbox, on standard error. */
import type { LoggedRequest } from "@effect-baanx/sandbox"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"

/** A path or a reason may quote the request, and a terminal obeys control characters. */
const printable = (text: string) => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�")

/** Time, method, path, status, step, and why it was refused. */
export const requestLine = ({ at, detail, fault, method, path, status, step }: LoggedRequest): string =>
  printable(
    [
      DateTime.formatIso(at).slice(11, 19),
      method,
      path,
      status ?? "cut",
      step,
      detail,
      fault === undefined ? undefined : `(fault: ${fault})`
    ]
      .filter((part) => part !== undefined)
      .join(" ")
  )

/** Prints the line, unless nobody reads standard error: then the lines would fill the memory. */
export const printRequest = (request: LoggedRequest): Effect.Effect<void> =>
  Effect.suspend(() => (process.stderr.writableLength > 65_536 ? Effect.void : Console.error(requestLine(request))))
