/**
 * A sandbox for a whole vitest run: name this module in `globalSetup`, and tests get the sandbox with
 * `inject("baanxSandbox")`.
 *
 * @since 0.1.0
 */
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Sandbox, type SandboxReady, type SandboxServerOptions } from "./Sandbox.js"

/**
 * A setup with options: `export default globalSetup({ users: [...] })` in a file of your own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const globalSetup =
  (options: SandboxServerOptions = {}) =>
  async (project: {
    readonly provide: (key: "baanxSandbox", value: SandboxReady) => void
  }): Promise<() => Promise<void>> => {
    const runtime = ManagedRuntime.make(Sandbox.layer(options))
    const { ready } = await runtime.runPromise(Sandbox)
    project.provide("baanxSandbox", ready)
    return () => runtime.dispose()
  }

/**
 * The setup for vitest, with the default options.
 *
 * @since 0.1.0
 * @category constructors
 */
export default globalSetup()
