/**
 * The flags of `baanx sandbox` in their plain form, read without the command-line library. With the library in the
 * bundle, the sandbox takes 0.60 of the time that oauth2-mock-server takes to start, without it 0.50; 0.6 is the most.
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
