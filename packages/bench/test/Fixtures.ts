/** What a report of the bench has to hold, whichever run it is of. */
import { assert } from "@effect/vitest"
import { contenderNames, contenders } from "../src/Contender.js"

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

export const assertChart = (svg: string): void => {
  assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"/)
  assert.include(svg, "prefers-color-scheme: dark")
  assert.include(svg, "openid-client")
}
