/** Fits the output of the command-line library to a terminal: 80 columns, and colors only where they are wanted. */
import { stripVTControlCharacters } from "node:util"

const columns = 80

const widthOf = (text: string) => stripVTControlCharacters(text).length

/** What the library says about each type and about every option; the descriptions already say more. */
const fillers = new Set([
  "A user-defined piece of text.",
  "A file.",
  "A true or false value.",
  "An integer.",
  "This setting is optional."
])

/** Wraps a line; in a usage text, every line but the first is indented by four more columns. */
const wrap = (line: string): ReadonlyArray<string> => {
  const indent = /^ */.exec(line)?.[0] ?? ""
  const hanging = /^ *[$-] /.test(line) ? `${indent}    ` : indent
  const lines: Array<string> = []
  let current = indent
  for (const word of line.trim().split(/ +/)) {
    if (current.trim() !== "" && widthOf(current) + 1 + widthOf(word) > columns) {
      lines.push(current)
      current = `${hanging}${word}`
    } else {
      current += current.trim() === "" ? word : ` ${word}`
    }
  }
  return [...lines, current]
}

/** Adds the path of the command, such as `store sweep`, which the library leaves out of its usage. */
const inUsage = (line: string, words: ReadonlyArray<string>) =>
  line.replace(/^\$ (\S+)/, (_, name: string) => {
    const path = words.slice(0, words.lastIndexOf(name) + 1)
    return `$ ${["baanx", ...path].join(" ")}`
  })

/** The text of `--help`, for a command line that begins with these words. */
export const fitted = (text: string, words: ReadonlyArray<string>, colors: boolean): string =>
  (colors ? text : stripVTControlCharacters(text))
    .trimEnd()
    .split("\n")
    .map((line) => (fillers.has(stripVTControlCharacters(line).trim()) ? "" : inUsage(line, words)))
    // The library puts a command and its description far apart on one line.
    .flatMap((line) => {
      const [, command, what] = /^(\s*- \S.*?) {2,}(\S.*)$/.exec(line) ?? []
      return command === undefined || what === undefined ? [line] : [command, `      ${what}`]
    })
    .flatMap(wrap)
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
