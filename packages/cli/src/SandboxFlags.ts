/**
 * The flags of `baanx sandbox` in their plain form, read without the command-line library. With the library in the
 * bundle, the sandbox takes 0.60 of the time that oauth2-mock-server takes to start, without it 0.50; 0.6 is the most.
 */
import { parseArgs } from "node:util"

export interface SandboxFlags {
  readonly port: string
  readonly host: string
  readonly baseUrl: string | undefined
  readonly seedFile: string | undefined
  readonly seed: string | undefined
  readonly quiet: boolean
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
        host: { type: "string", default: "127.0.0.1" },
        "base-url": { type: "string" },
        "seed-file": { type: "string" },
        seed: { type: "string" },
        quiet: { type: "boolean", default: false },
        json: { type: "boolean", default: false }
      }
    })
    const { host, json, port, quiet, seed } = values
    return { port, host, baseUrl: values["base-url"], seedFile: values["seed-file"], seed, quiet, json }
  } catch {
    return undefined
  }
}
