/** The services with their stores in SQLite. */
import { FetchHttpClient } from "@effect/platform"
import { Baanx } from "@effect-baanx/oauth"
import { KeyRing, SqlStores } from "@effect-baanx/sql"
import { generateKey } from "@effect-baanx/sql/KeyRing"
import { LibsqlClient } from "@effect/sql-libsql"
import { Effect, Layer } from "effect"
import { config, signIn } from "./signIn.js"

export const run = async (baseUrl: string): Promise<number> => {
  const key = await Effect.runPromise(generateKey)
  const stores = Layer.provide(SqlStores.layer, [
    KeyRing.layer([key]),
    LibsqlClient.layer({ url: `file:${crypto.randomUUID()}.db` })
  ])
  const layer = Layer.provide(Baanx.layerWithStores(config(baseUrl)), [stores, FetchHttpClient.layer])
  return Effect.runPromise(Effect.provide(signIn, layer))
}
