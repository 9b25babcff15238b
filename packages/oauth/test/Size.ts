import process from "node:process"

/** With `FULL=1`, every case runs on every transport; otherwise each case runs on one of them. */
export const full = process.env["FULL"] === "1"

/** The whole list with `FULL=1`, otherwise every fifth item. */
export const some = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> =>
  full ? items : items.filter((_, index) => index % 5 === 0)

/** The items that this transport (one of `transports`) runs: all of them with `FULL=1`, otherwise its share. */
export const turnsOf = <A>(items: ReadonlyArray<A>, transport: number, transports: number): ReadonlyArray<A> =>
  full ? items : items.filter((_, index) => index % transports === transport)
