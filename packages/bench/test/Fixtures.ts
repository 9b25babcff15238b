/** Fixtures of the bench's tests. */
import { assert } from "@effect/vitest"
import type { Connect, Contender } from "../src/Contender.js"
import { contenderNames, contenders } from "../src/Contenders.js"
import type { Answer } from "../src/Sample.js"
import { type Counts, listen } from "../src/StaticServer.js"

/** Runs `use` with a contender and a server of its own, and returns the counts of the server. */
export const withServer = async <A>(
  connect: Connect,
  use: (contender: Contender) => Promise<A>,
  answer?: Answer
): Promise<{ readonly result: A; readonly counts: Counts }> => {
  const server = await listen(answer)
  const contender = await connect(server.origin)
  const result = await use(contender)
  await contender.close()
  const counts = server.counts()
  await server.close()
  return { result, counts }
}

/** Asserts what every page and every printed report contain. */
export const assertPage = (page: string, printed: string): void => {
  for (const name of contenderNames) {
    assert.include(printed, contenders[name].title)
    assert.include(page, contenders[name].title)
  }
  for (const text of [page, printed]) {
    assert.include(text, "baanx sandbox")
    assert.notInclude(text, "NaN")
  }
}

/** Asserts what every chart contains. */
export const assertChart = (svg: string): void => {
  assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"/)
  assert.include(svg, "prefers-color-scheme: dark")
  assert.include(svg, "openid-client")
}
