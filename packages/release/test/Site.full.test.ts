import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import GithubSlugger from "github-slugger"
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { inflateSync } from "node:zlib"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import ts from "typescript"
import { cleanUp, folderOf, libraries, type Package, root, run, temporary } from "../src/Packages.js"

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path)
)
const artifacts = fileURLToPath(new URL("../test-artifacts/", import.meta.url))

let site = ""
beforeAll(async () => {
  site = await temporary("site")
  await run("npm", ["run", "--silent", "docs", "--", "--out", site], { cwd: folderOf("release") })
})
afterAll(cleanUp)

/** A row of the search index: a name, and the page that it leads to. */
interface Row {
  readonly name: string
  readonly parent?: string
  readonly url: string
}

const searchRows = (): ReadonlyArray<Row> => {
  const [, data = ""] = /"(.*)"/.exec(readFileSync(join(site, "assets/search.js"), "utf8")) ?? []
  const { rows }: { readonly rows: ReadonlyArray<Row> } = JSON.parse(
    inflateSync(Buffer.from(data, "base64")).toString()
  )
  return rows
}

/** Only letters and digits, which are the same in Markdown and in HTML. */
const letters = (words: string): string => words.replaceAll(/^```\w+|[^\p{L}\d]/gmu, "")
const lettersOfPage = (url: string): string =>
  letters(readFileSync(join(site, url.replace(/#.*/, "")), "utf8").replaceAll(/<[^>]*>|&#?\w+;/g, ""))

describe("the site", () => {
  it("has every public name, with its docstring and its examples", () => {
    const filesOf = (name: Package) =>
      ts.sys.readDirectory(join(folderOf(name), "src"), [".ts"]).filter((file) => !file.includes("/internal/"))
    const program = ts.createProgram(libraries.flatMap(filesOf), {
      module: ts.ModuleKind.NodeNext,
      customConditions: ["@effect-baanx/source"],
      types: []
    })
    const checker = program.getTypeChecker()
    const rows = searchRows()
    const names = libraries.flatMap((library) =>
      filesOf(library).flatMap((file) => {
        const source = program.getSourceFile(file)
        const module = source && checker.getSymbolAtLocation(source)
        return module === undefined ? [] : checker.getExportsOfModule(module).map((symbol) => ({ library, symbol }))
      })
    )
    const missing = names.flatMap(({ library, symbol }) => {
      const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const words = [
        ts.displayPartsToString(meant.getDocumentationComment(checker)),
        ...meant
          .getJsDocTags(checker)
          .flatMap(({ name, text }) => (name === "example" ? [ts.displayPartsToString(text)] : []))
      ]
      const pages = rows
        .filter(({ name, parent = "" }) => name === symbol.name && parent.startsWith(`@effect-baanx/${library}`))
        .map(({ url }) => lettersOfPage(url))
      const whole = pages.some((page) => words.every((words) => page.includes(letters(words))))
      return whole ? [] : [`${library} ${symbol.name}`]
    })
    assert.deepStrictEqual(missing, [])
    assert.isAbove(names.length, 300)
  })
})

const types: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml"
}

/** Serves the site below the name of the repository, like GitHub Pages. */
const serve = () =>
  new Promise<{ readonly server: Server; readonly base: string }>((resolve) => {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost")
      const path = decodeURI(pathname).replace(/\/$/, "/index.html")
      const file = path.startsWith("/effect-baanx/") ? join(site, path.slice("/effect-baanx/".length)) : undefined
      if (file === undefined || !existsSync(file) || extname(file) === "") response.writeHead(404).end()
      else response.setHeader("content-type", types[extname(file)] ?? "").end(readFileSync(file))
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (typeof address === "object" && address !== null) {
        resolve({ server, base: `http://127.0.0.1:${address.port}/effect-baanx/` })
      }
    })
  })

/** Runs in the page: follows every link from this page and the given paths. */
const followLinks = async ({ base, paths }: { readonly base: string; readonly paths: ReadonlyArray<string> }) => {
  const anchors = new Map<string, ReadonlySet<string> | undefined>()
  const links = new Map(paths.map((path) => [new URL(path, base).href, "the search"]))
  const collect = (from: string, document: Document) => {
    for (const element of document.querySelectorAll("a[href], link[href], [src]")) {
      const target = new URL(element.getAttribute("href") ?? element.getAttribute("src") ?? "", from).href
      if (!links.has(target)) links.set(target, from)
    }
  }
  const load = async (url: string) => {
    const response = await fetch(url)
    if (!response.ok) return undefined
    const type = response.headers.get("content-type")
    if (type !== "text/html" && type !== "image/svg+xml") return new Set<string>()
    const document = new DOMParser().parseFromString(await response.text(), type)
    if (type === "text/html") collect(url, document)
    return new Set(Array.from(document.querySelectorAll("[id]"), ({ id }) => id))
  }
  collect(location.href, document)
  const dead: Array<string> = []
  const elsewhere: Array<string> = []
  // Links that are found on the way are followed as well.
  for (const [target, from] of links) {
    const [url = "", anchor = ""] = target.split("#")
    if (new URL(target).origin !== location.origin) {
      elsewhere.push(target)
      continue
    }
    if (!anchors.has(url)) anchors.set(url, await load(url))
    const there = anchors.get(url)
    if (there === undefined || (anchor !== "" && !there.has(decodeURIComponent(anchor))))
      dead.push(`${from} → ${target}`)
  }
  return { dead, elsewhere, visited: [...anchors.keys()] }
}

/** Runs in the page: the headings of some pages, with their anchors. */
const headingsOf = (urls: ReadonlyArray<string>) =>
  Promise.all(
    urls.map(async (url) => {
      const response = await fetch(url)
      const document = new DOMParser().parseFromString(await response.text(), "text/html")
      const headings = document.querySelectorAll(".tsd-typography :is(h1, h2, h3, h4)")
      return Array.from(headings, ({ id, textContent }) => ({ id, words: textContent ?? "" }))
    })
  )

const title = `the site, in a browser${executablePath === undefined ? " (there is no Chromium in /usr/bin)" : ""}`

describe.skipIf(executablePath === undefined)(title, () => {
  let browser: Browser
  let served: Awaited<ReturnType<typeof serve>>

  beforeAll(async () => {
    mkdirSync(artifacts, { recursive: true })
    served = await serve()
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    })
  })
  afterAll(async () => {
    await browser?.close()
    served?.server.close()
  })

  /** A new page at a path, and its requests to other hosts. */
  const open = async (path: string, options: BrowserContextOptions = {}) => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const left: Array<string> = []
    page.on("request", (request) => {
      if (!request.url().startsWith(served.base)) left.push(request.url())
    })
    await page.goto(served.base + path)
    return { page, left }
  }

  const search = async (page: Page, words: string) => {
    await page.keyboard.press("/")
    await page.locator("#tsd-search-input").pressSequentially(words)
    return page.locator("#tsd-search-results a")
  }

  it("has no dead link, no dead anchor and no orphaned page", async () => {
    const { page } = await open("index.html")
    await page.locator(".tsd-navigation a", { hasText: "Architecture" }).waitFor({ state: "attached" })
    const paths = searchRows().map(({ url }) => url)
    const { dead, elsewhere, visited } = await page.evaluate(followLinks, { base: served.base, paths })
    assert.deepStrictEqual(dead, [])
    const files = readdirSync(site, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"))
    const alone = files.filter((file) => !visited.includes(new URL(file, served.base).href))
    assert.deepStrictEqual(alone, [])
    assert.isAbove(files.length, 300)
    const inRepository = elsewhere.flatMap((target) => {
      const [, path] =
        /^https:\/\/github\.com\/effect-baanx\/effect-baanx\/(?:blob|tree)\/main\/([^#]+)/.exec(target) ?? []
      return path === undefined ? [] : [path]
    })
    assert.deepStrictEqual(
      inRepository.filter((path) => !existsSync(join(root, path)) || /(?:^|\/)(?:dist|node_modules)\//.test(path)),
      []
    )
    assert.isAbove(inRepository.length, 30)
  })

  it("gives each heading the anchor that it has on GitHub", async () => {
    const { page } = await open("index.html")
    const files = readdirSync(join(site, "docs"), { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".html")
    )
    const headings = await page.evaluate(
      headingsOf,
      files.map((file) => `${served.base}docs/${file}`)
    )
    const other = headings.flatMap((headings) => {
      const slugger = new GithubSlugger()
      return headings.filter(({ id, words }) => id !== slugger.slug(words))
    })
    assert.deepStrictEqual(other, [])
    assert.isAbove(headings.flat().length, 100)
  })

  it("finds a name and opens its page", async () => {
    const { page } = await open("index.html")
    await (await search(page, "AuthorizeService")).first().click()
    await page.locator("h1", { hasText: "AuthorizeService" }).waitFor()
  })

  it("finds a guide and the page of a package by words from their text", async () => {
    const { page } = await open("index.html")
    const results = await search(page, "replicas")
    await results.filter({ hasText: "Many machines" }).waitFor()
    await page.locator("#tsd-search-input").fill("undici")
    await results.filter({ hasText: "@effect-baanx/node" }).first().waitFor()
  })

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [320, 1280]) {
      it(`fits a screen of ${width} pixels, and requests nothing from other hosts, ${colorScheme}`, async () => {
        const pages = {
          readme: "index.html",
          diagrams: "docs/architecture.html",
          guide: "docs/guides/errors-and-retries.html",
          chart: "docs/benchmarks.html",
          package: "_effect-baanx/oauth.html",
          error: searchRows().find(({ name }) => name === "TransportError")?.url ?? "none"
        }
        for (const [name, path] of Object.entries(pages)) {
          const { left, page } = await open(path, { colorScheme, viewport: { width, height: 900 } })
          await page.screenshot({ path: join(artifacts, `site-${name}-${colorScheme}-${width}.png`) })
          assert.isAtMost(await page.evaluate(() => document.documentElement.scrollWidth), width, path)
          assert.deepStrictEqual(left, [], path)
        }
      })
    }
  }

  it("draws the diagrams with every label", async () => {
    const { page } = await open("docs/architecture.html")
    const drawn = new Set(await page.locator(".diagram svg text").allTextContents())
    const fences = readFileSync(join(root, "docs/architecture.md"), "utf8").match(/^```mermaid$.*?^```$/gms) ?? []
    const labels = [...fences.join().matchAll(/"([^"]+)"/g)].map(([, label = ""]) => label)
    assert.deepStrictEqual(
      labels.filter((label) => !drawn.has(label)),
      []
    )
    assert.isAbove(labels.length, 10)
  })
})
