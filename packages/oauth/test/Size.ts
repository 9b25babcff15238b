import process from "node:process"

/** With `FULL=1`, everything is tried on every transport; else each on one of them. */
export const full = process.env["FULL"] === "1"

/** All of a long list with `FULL=1`, else every fifth. */
export const some = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> =>
  full ? items : items.filter((_, index) => index % 5 === 0)

/** Those of a list that are one transport's turn, of so many; with `FULL=1`, all of them. */
export const turnsOf = <A>(items: ReadonlyArray<A>, transport: number, transports: number): ReadonlyArray<A> =>
  full ? items : items.filter((_, index) => index % transports === transport)
