/**
 * The flags of `baanx sandbox` in their plain form, read without the command-line library: loading that takes a sixth of
 * the time until the sandbox answers.
 */
import { parseArgs } from "node:util"

export interface SandboxFlags {
  readonly port: number
  readonly seedFile: string | undefined
  readonly seed: string | undefined
  readonly json: boolean
}

/** The flags, or `undefined` for whatever the command-line library has to explain. */
export const readFlags = (args: ReadonlyArray<string>): SandboxFlags | undefined => {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        port: { type: "string", default: "4100" },
        "seed-file": { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean", default: false }
      }
    })
    return /^\d{1,5}$/.test(values.port)
      ? { port: Number(values.port), seedFile: values["seed-file"], seed: values.seed, json: values.json }
      : undefined
  } catch {
    return undefined
  }
}
