/** Reads the Markdown of this repository: its code, links and anchors. */
import GithubSlugger from "github-slugger"
import MarkdownIt from "markdown-it"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../../..", import.meta.url))

export interface Document {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly text: string
}

/** A piece of a document, and the line it starts on, counted from 1. */
export interface Piece {
  readonly line: number
  readonly text: string
}

const ignoredNames = /^(?:node_modules|dist|derived|\..*)$/

const walk = (folder: string, wanted: RegExp): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ignoredNames.test(entry.name) ? [] : walk(path, wanted)
    return wanted.test(path) ? [path] : []
  })

const read = (path: string): Document => ({ path, text: readFileSync(join(root, path), "utf8") })

/** Every page of the documentation. */
export const pages = walk("", /\.md$/).map(read)

/** Every published source reduced to its docstrings, which keep their line numbers. */
export const docstrings = walk("packages", /^packages\/\w+\/src\/.*\.ts$/).map((path): Document => {
  let inside = false
  const lines = read(path).text.split("\n")
  const comments = lines.map((line) => {
    inside ||= /^\s*\/\*\*/.test(line)
    const text = inside ? line.replace(/^\s*(?:\/\*\*|\*(?!\/)) ?/, "") : ""
    inside &&= !line.includes("*/")
    return text
  })
  return { path, text: comments.join("\n") }
})

const markdown = new MarkdownIt()
const parse = (document: Document) => markdown.parse(document.text, {})

/** The code of the fences marked `ts`, except those for Effect 4, which `npm run build:effect-4` compiles. */
export const typescript = (document: Document): ReadonlyArray<Piece> =>
  parse(document).flatMap(({ content, info, map, type }) =>
    type === "fence" && /^(?:ts|typescript)\b(?! effect-4)/.test(info) && map !== null
      ? [{ line: map[0] + 2, text: content }]
      : []
  )

const anchors = (document: Document): ReadonlySet<string> => {
  const slugger = new GithubSlugger()
  const tokens = parse(document)
  return new Set(
    tokens.flatMap(({ type }, index) => {
      if (type !== "heading_open") return []
      const words = tokens[index + 1]?.children?.filter(
        (child) => child.type === "text" || child.type === "code_inline"
      )
      return [slugger.slug((words ?? []).map(({ content }) => content).join(""))]
    })
  )
}

const links = (document: Document): ReadonlyArray<Piece> =>
  parse(document).flatMap(({ children, map }) =>
    (children ?? []).flatMap((child) => {
      const target = child.attrGet("href") ?? child.attrGet("src")
      return target === null ? [] : [{ line: (map?.[0] ?? 0) + 1, text: target }]
    })
  )

const elsewhere = /^(?:https?|mailto):/

/** The broken links within the repository, as `path:line target`. */
export const brokenLinks = (documents: ReadonlyArray<Document>): ReadonlyArray<string> => {
  const anchorsOf = new Map(documents.map((document) => [document.path, anchors(document)]))
  return documents.flatMap((document) =>
    links(document).flatMap(({ line, text }) => {
      if (elsewhere.test(text)) return []
      const [path = "", anchor] = decodeURI(text).split("#", 2)
      const target = path === "" ? document.path : normalize(join(dirname(document.path), path))
      const there = anchorsOf.has(target) || (!target.startsWith("..") && existsSync(join(root, target)))
      const whole = there && (anchor === undefined || anchorsOf.get(target)?.has(anchor) === true)
      return whole ? [] : [`${document.path}:${line} ${text}`]
    })
  )
}
