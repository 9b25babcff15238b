/** The chart of docs/benchmarks.md. */
import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import type { Medians } from "./Comparison.js"
import { contenderNames, contenders } from "./Contenders.js"

// The chart has its own background, so that it is readable on any page.
const style = `
  svg { --card: #ffffff; --ink: #1f2328; --faint: #d1d9e0; --ours: #0969da; --hand: #818b98; --peer: #c4ccd5; }
  @media (prefers-color-scheme: dark) {
    svg { --card: #0d1117; --ink: #e6edf3; --faint: #30363d; --ours: #4493f8; --hand: #768390; --peer: #59636e; }
  }`

/** The CPU time per call as bars, cheapest first, in SVG. */
export const chart = (medians: Medians): string => {
  const bars = contenderNames
    .filter((name) => contenders[name].transport !== "null")
    .map((name) => ({
      title: contenders[name].title.replaceAll(/[`*]/g, ""),
      cpu: medians[name].cpu,
      label: `${medians[name].cpu.toFixed(0)} µs, ${(medians[name].cpu / medians.undici.cpu).toFixed(1)}×`,
      fill: `var(--${contenders[name].kind})`
    }))
    .sort((a, b) => a.cpu - b.cpu)
  const longest = Math.max(...bars.map(({ cpu }) => cpu))
  const { document } = parseHTML("<html></html>")
  const svg = Plot.plot({
    document,
    width: 860,
    height: 96 + bars.length * 32,
    marginTop: 64,
    marginRight: 24,
    marginBottom: 16,
    marginLeft: 356,
    style: { fontFamily: "system-ui, sans-serif", fontSize: "13px", color: "var(--ink)", background: "none" },
    x: { axis: null, domain: [0, longest * 1.25] },
    y: { axis: null, domain: bars.map(({ title }) => title), padding: 0.3 },
    marks: [
      Plot.barX(bars, { x: "cpu", y: "title", fill: "fill", rx: 2 }),
      Plot.ruleX([0], { stroke: "var(--faint)" }),
      Plot.text(bars, { x: 0, y: "title", text: "title", textAnchor: "end", dx: -10 }),
      Plot.text(bars, { x: "cpu", y: "title", text: "label", textAnchor: "start", dx: 8 }),
      Plot.text(["CPU time of one authorize call"], {
        frameAnchor: "top-left",
        dx: -332,
        dy: -40,
        fontSize: 17,
        fontWeight: 600
      }),
      Plot.text(["µs at 50 in flight, and the ratio to plain undici.request; lower is better"], {
        frameAnchor: "top-left",
        dx: -332,
        dy: -18
      })
    ]
  })
  // A standalone SVG file needs the namespace.
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  svg.setAttribute("role", "img")
  svg.setAttribute("aria-label", "CPU time of one authorize call for each contender, as in the table")
  const card = document.createElementNS("http://www.w3.org/2000/svg", "rect")
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", rx: "8", fill: "var(--card)" })) {
    card.setAttribute(name, value)
  }
  const colours = document.createElementNS("http://www.w3.org/2000/svg", "style")
  colours.textContent = style
  svg.prepend(colours, card)
  return `${svg.outerHTML}\n`
}
