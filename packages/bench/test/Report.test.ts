import { assert, describe, it } from "@effect/vitest"
import { Record } from "effect"
import { chart } from "../src/Chart.js"
import { contenders } from "../src/Contenders.js"
import { page, type Run, text } from "../src/Report.js"
import { assertChart, assertPage } from "./Fixtures.js"

describe("a run of the bench", () => {
  const measured = (cpu: number) => ({ calls: 1_000, latency: 100, cpu, perSecond: 5_000, retained: 0 })
  const run: Run = {
    date: new Date(0),
    rounds: 1,
    medians: Record.map(contenders, (_, name) => measured(name === "undici" ? 25 : 37.5)),
    startUps: { sandbox: { millis: 300, memory: 60e6 }, mockServer: { millis: 600, memory: 60e6 } },
    leftovers: {
      calls: 1_000,
      interrupted: 50,
      sockets: 0,
      fibers: 0,
      listeners: 0,
      warnings: 0,
      heap: [10, 10, 10.1]
    },
    sizes: [{ title: "step 3 alone", effect3: 12_000, effect4: 9_000 }],
    nodeOfLines: "v22.19.0"
  }

  it("is reported as a page and a chart with every contender, its ratio to undici and the targets it meets", () => {
    assertPage(page(run), text(run))
    assertChart(chart(run.medians))
    assert.match(page(run), /\*\*effect-baanx\*\* on `NodeHttpClient`[^\n]*\| 1\.50×/)
    assert.match(page(run), /both lines run on Node v22\.19\.0/)
    assert.match(page(run), /`AuthorizeService` on Effect 4[^\n]*\| 37\.5 +\| 1\.00×/)
    assert.match(page(run), /step 3 alone +\| 12\.0 +\| 9\.0 +\| 0\.75×/)
    const left = (sockets: number) => text({ ...run, leftovers: { ...run.leftovers, sockets } })
    assert.match(left(0), /sockets, fibers, listeners and warnings[^\n]*\| 0 +\| 0 +\| yes/)
    assert.match(left(1), /sockets, fibers, listeners and warnings[^\n]*\| 0 +\| 1 +\| \*\*no\*\*/)
  })
})
