/** The query or the body of a request, before and after its secrets are unwrapped. */
import * as Redacted from "effect/Redacted"

/** Named as on the wire. */
export interface Fields {
  readonly [name: string]: string | Redacted.Redacted<string> | undefined
}

/** The fields as they are sent, without those that are `undefined`. */
export const plainText = (fields: Fields): Record<string, string> => {
  const plain: Record<string, string> = {}
  for (const name in fields) {
    const value = fields[name]
    if (value !== undefined) plain[name] = typeof value === "string" ? value : Redacted.value(value)
  }
  return plain
}
