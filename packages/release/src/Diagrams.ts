/** Draws the Mermaid diagrams of the pages when the site is built, in the colours of its theme. */
import { renderMermaidSVG } from "beautiful-mermaid"
import type MarkdownIt from "markdown-it"

const look = {
  bg: "var(--color-background)",
  fg: "var(--color-text)",
  transparent: true,
  padding: 8,
  nodeSpacing: 16
}

export const drawDiagrams = (parser: MarkdownIt): void => {
  const { fence } = parser.renderer.rules
  parser.renderer.rules.fence = (tokens, index, ...rest) => {
    const { content, info } = tokens[index] ?? { content: "", info: "" }
    if (info.trim() !== "mermaid") return fence?.(tokens, index, ...rest) ?? ""
    // The `@import` would load a font from another host.
    return `<div class="diagram">${renderMermaidSVG(content, look).replace(/@import.*/, "")}</div>`
  }
}
