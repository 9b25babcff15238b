/** HTML as a template literal, with every value escaped. */

/** Markup that is safe to insert into a page. */
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

/** A value in a template: text is escaped, and `undefined` renders as nothing. */
export type HtmlValue = string | Html | undefined | ReadonlyArray<Html>

/** Builds markup. */
export const html = (parts: TemplateStringsArray, ...values: ReadonlyArray<HtmlValue>): Html =>
  new Html(parts.map((part, index) => part + render(values[index])).join(""))
