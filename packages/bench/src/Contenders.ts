/** The contenders. */
import type { Connect } from "./Contender.js"
import { moduleForEffect4 } from "./Effect4.js"

export interface Entry {
  readonly title: string
  /** What carries the call. `"null"`: nothing, the response is there immediately. */
  readonly transport: "undici" | "fetch" | "node:http" | "null"
  /** `"hand"` is undici without a library on top; `"floor"` is not a contender but the baseline of a measurement. */
  readonly kind: "ours" | "hand" | "peer" | "floor"
  readonly load: () => Promise<{ readonly connect: Connect }>
  /** `"effect-4"`: the Node that the packages for Effect 4 are tested on. Default: the Node of the bench. */
  readonly node?: "effect-4"
}

const entry = (
  kind: Entry["kind"],
  transport: Entry["transport"],
  title: string,
  load: Entry["load"]
): Readonly<Entry> => ({ kind, transport, title, load })

export const contenders = {
  undici: entry("hand", "undici", "`undici.request` by hand", () => import("./contenders/undici.js")),
  undiciSchema: entry(
    "hand",
    "undici",
    "`undici.request` by hand, Schema and URL checks",
    () => import("./contenders/undiciSchema.js")
  ),
  node: entry("ours", "undici", "**effect-baanx** on `NodeHttpClient`", () => import("./contenders/node.js")),
  nodePromise: entry(
    "ours",
    "undici",
    "the same, each call by `Effect.runPromise`",
    () => import("./contenders/nodePromise.js")
  ),
  platformUndici: entry(
    "ours",
    "undici",
    "effect-baanx on `@effect/platform-node`'s undici",
    () => import("./contenders/platformUndici.js")
  ),
  fetch: entry("ours", "fetch", "effect-baanx on `FetchHttpClient`", () => import("./contenders/fetch.js")),
  oauth4webapi: entry("peer", "fetch", "oauth4webapi", () => import("./contenders/oauth4webapi.js")),
  openidClient: entry("peer", "fetch", "openid-client", () => import("./contenders/openidClient.js")),
  ky: entry("peer", "fetch", "ky", () => import("./contenders/ky.js")),
  got: entry("peer", "node:http", "got", () => import("./contenders/got.js")),
  axios: entry("peer", "node:http", "axios", () => import("./contenders/axios.js")),
  nullValidated: entry("ours", "null", "`AuthorizeService`", () => import("./contenders/nullValidated.js")),
  nullUnchecked: entry(
    "ours",
    "null",
    "the same request through `BaanxClient`, nothing validated",
    () => import("./contenders/nullUnchecked.js")
  ),
  nullFloor: entry("floor", "null", "the null transport itself", () => import("./contenders/nullFloor.js")),
  nullEffect3: {
    ...entry("ours", "null", "`AuthorizeService` on Effect 3", () => import("./contenders/nullValidated.js")),
    node: "effect-4"
  },
  nullEffect4: {
    ...entry("ours", "null", "`AuthorizeService` on Effect 4", () => moduleForEffect4("contenders/nullValidated")),
    node: "effect-4"
  }
} satisfies Record<string, Entry>

export type ContenderName = keyof typeof contenders

export const isContenderName = (name: string | undefined): name is ContenderName =>
  name !== undefined && Object.hasOwn(contenders, name)

export const contenderNames: ReadonlyArray<ContenderName> = Object.keys(contenders).filter(isContenderName)
