#!/usr/bin/env node
/**
 * The executable.
 *
 * @since 0.1.0
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { exitStatus } from "./Cli.js"

exitStatus(process.argv).pipe(
  Effect.provide(NodeContext.layer),
  Effect.tap((status) =>
    Effect.sync(() => {
      process.exitCode = status
    })
  ),
  NodeRuntime.runMain({
    teardown: (exit, onExit) =>
      onExit(Exit.isSuccess(exit) ? Number(process.exitCode ?? 0) : Exit.isInterrupted(exit) ? 130 : 1)
  })
)
