/** The examples of the documentation: the code in its pages and in the docstrings of the packages. */

export interface Example {
  /** The file, and the line that the code begins on. */
  readonly at: string
  readonly code: string
  /** The example for Effect 4, if it was written by hand. */
  readonly byHand: string | undefined
}

/**
 * An example, and its version for Effect 4 under it. An example marked `effect-3` cannot be translated; if there is a
 * version under it, that is written by hand.
 */
const inPage =
  /^```ts( effect-3)?\n([^]*?)^```\n(?:\n<details>\n<summary>On Effect 4<\/summary>\n\n```ts effect-4( by-hand)?\n([^]*?)^```\n\n<\/details>\n)?/gm

const inDocstring = /^( *) \* ```ts\n([^]*?)^\1 \* ```\n/gm

const withoutStars = (code: string): string => code.replaceAll(/^ *\* ?/gm, "")

const placeOf = (path: string, text: string, index: number): string =>
  `${path}:${text.slice(0, index).split("\n").length + 1}`

export const examplesOfPage = (path: string, text: string): ReadonlyArray<Example> =>
  Array.from(text.matchAll(inPage)).flatMap(({ 1: only, 2: code = "", 3: hand, 4: below, index }) => {
    const byHand = hand === undefined ? undefined : below
    return only !== undefined && byHand === undefined ? [] : [{ at: placeOf(path, text, index), code, byHand }]
  })

export const examplesOfSource = (path: string, text: string): ReadonlyArray<Example> =>
  Array.from(text.matchAll(inDocstring), ({ 2: code = "", index }) => ({
    at: placeOf(path, text, index),
    code: withoutStars(code),
    byHand: undefined
  }))

/** Translates an example to Effect 4. */
export type OnEffect4 = (code: string) => string

/** The page, with the example for Effect 4 under each one that differs. */
export const withBoth = (text: string, on4: OnEffect4): string =>
  text.replaceAll(inPage, (found, only: string | undefined, code: string, byHand: string | undefined) => {
    if (only !== undefined || byHand !== undefined) return found
    const other = on4(code)
    const below = `\n<details>\n<summary>On Effect 4</summary>\n\n\`\`\`ts effect-4\n${other}\`\`\`\n\n</details>\n`
    return `\`\`\`ts\n${code}\`\`\`\n${other === code ? "" : below}`
  })

/** The page of a package for Effect 4. */
export const pageForEffect4 = (text: string, on4: OnEffect4): string =>
  text.replaceAll(inPage, (found, only: string | undefined, code: string, byHand: string | undefined) =>
    only !== undefined && byHand === undefined ? found : `\`\`\`ts\n${on4(code)}\`\`\`\n`
  )

/** The source of a package for Effect 4. The rules for code do not touch its docstrings. */
export const sourceForEffect4 = (text: string, on4: OnEffect4): string =>
  text.replaceAll(inDocstring, (_, indent: string, code: string) => {
    const lines = on4(withoutStars(code)).trimEnd().split("\n")
    return ["```ts", ...lines, "```", ""]
      .map((line) => `${indent} * ${line}`.trimEnd())
      .join("\n")
      .replace(/ *\*$/, "")
  })
