/** Headings get the anchors that they have on GitHub, so that a link to one works there and in the site. */
import GithubSlugger from "github-slugger"
import type MarkdownIt from "markdown-it"
import { type RouterTarget, Slugger, StructureRouter } from "typedoc"

class PageAnchors extends Slugger {
  readonly #slugger = new GithubSlugger()

  override slug(words: string): string {
    return this.#slugger.slug(words) || "_"
  }

  override hasAnchor(anchor: string): boolean {
    return anchor in this.#slugger.occurrences
  }
}

/** Names the pages by the structure of the project, and their anchors as GitHub does. */
export class GithubAnchors extends StructureRouter {
  readonly #pages = new WeakMap<Slugger, PageAnchors>()

  override getSlugger(target: RouterTarget): Slugger {
    const page = super.getSlugger(target)
    const anchors = this.#pages.get(page) ?? new PageAnchors(this.sluggerConfiguration)
    this.#pages.set(page, anchors)
    return anchors
  }
}

/** TypeDoc reads only the text of a heading, so this turns its code into text. */
export const readCodeInHeadings = (parser: MarkdownIt): void => {
  parser.core.ruler.push("code-in-headings", ({ Token, tokens }) => {
    for (const [index, { type }] of tokens.entries()) {
      if (type !== "heading_open") continue
      for (const child of tokens[index + 1]?.children ?? []) {
        if (child.type !== "code_inline") continue
        const words = new Token("text", "", 0)
        words.content = child.content
        child.children = [words]
      }
    }
  })
}
