/**
 * HTML as a template literal, with every value escaped.
 *
 * @since 0.1.0
 */

/**
 * Markup that is safe to put into a page.
 *
 * @since 0.1.0
 * @category models
 */
export class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const render = (value: HtmlValue): string => {
  if (value === undefined) return ""
  if (value instanceof Html) return value.markup
  if (typeof value === "string") return value.replace(/[&<>"']/g, (character) => entities[character] ?? "")
  return value.map(render).join("")
}

/**
 * What may stand in a template: text is escaped, nothing stays nothing.
 *
 * @since 0.1.0
 * @category models
 */
export type HtmlValue = string | Html | undefined | ReadonlyArray<Html>

/**
 * Builds markup.
 *
 * @since 0.1.0
 * @category constructors
 */
export const html = (parts: TemplateStringsArray, ...values: ReadonlyArray<HtmlValue>): Html =>
  new Html(parts.map((part, index) => part + render(values[index])).join(""))
