/**
 * Builds the documentation site with TypeDoc: a page for each Markdown file of the repository, and a reference of every
 * public name. A link to a file of the repository leads to its page if it has one, or else to the file on GitHub.
 */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import {
  type Application,
  Comment,
  type CommentDisplayPart,
  CommentTag,
  DocumentReflection,
  IndexEvent,
  normalizePath,
  OptionDefaults,
  type OptionsReader,
  type ProjectReflection,
  RendererEvent,
  type TypeDocOptions
} from "typedoc"
import { drawDiagrams } from "./Diagrams.js"
import { GithubAnchors, readCodeInHeadings } from "./GithubAnchors.js"
import { folderOf, libraries, root } from "./Packages.js"

const repository = "https://github.com/effect-baanx/effect-baanx"

const markdownBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (/^(?:node_modules|dist|derived|\..*)$/.test(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? markdownBelow(path) : path.endsWith(".md") ? [path] : []
  })

/** The README of the repository is the home page, and that of a library begins its reference. The others are pages. */
const readmes = new Set([root, ...libraries.map(folderOf)].map((folder) => join(folder, "README.md")))
const documents = markdownBelow(root).filter((path) => !readmes.has(path))

const groupOf = (path: string): string =>
  path.startsWith("docs/decisions")
    ? "Decisions"
    : /^docs\/(?:guides|examples|migrating)/.test(path)
      ? "Guides"
      : path.startsWith("packages/")
        ? "Packages"
        : "Project"

const text = (words: string): CommentDisplayPart => ({ kind: "text", text: words })

const titleOf = (document: DocumentReflection): string => {
  const [, title = document.name] = /^# (.+)$/m.exec(Comment.combineDisplayParts(document.content)) ?? []
  return title.replaceAll("`", "") + (document.name.endsWith("/CHANGELOG") ? ": changes" : "")
}

const partsOf = (project: ProjectReflection): ReadonlyArray<CommentDisplayPart> =>
  [project, ...Object.values(project.reflections)].flatMap((reflection) => [
    ...(reflection.isDocument() ? reflection.content : []),
    ...(reflection.isProject() || reflection.isDeclaration() ? (reflection.readme ?? []) : []),
    ...(reflection.comment?.summary ?? []),
    ...(reflection.comment?.blockTags ?? []).flatMap(({ content }) => content)
  ])

/** The links to files without a page, and where each leads. */
const withoutPage = (project: ProjectReflection) =>
  partsOf(project).flatMap((part) => {
    const target = part.kind === "relative-link" && part.target && project.files.resolve(part.target, project)
    return typeof target === "string" ? [{ part, target }] : []
  })

/** The name of a document is its path until the pages have their addresses. */
const pathOf = (document: DocumentReflection): string => join(root, `${document.name}.md`)

/** Shows for a folder what GitHub shows: its README, or else the list of its pages. */
const showFolders = (project: ProjectReflection) => {
  const all = project.documents ?? []
  for (const document of all.filter((document) => basename(document.name) === "README")) {
    project.files.registerReflectionPath(normalizePath(dirname(pathOf(document))), document)
  }
  for (const folder of new Set(withoutPage(project).map(({ target }) => target))) {
    const pages = all.filter((document) => dirname(pathOf(document)) === folder)
    if (pages.length === 0) continue
    const path = relative(root, folder)
    const content = pages.flatMap((page): ReadonlyArray<CommentDisplayPart> => [
      text("- "),
      { kind: "inline-tag", tag: "@link", text: titleOf(page), target: page },
      text("\n")
    ])
    const list = new DocumentReflection(`${path}/index`, project, [text(`# ${groupOf(path)}\n\n`), ...content], {})
    project.documents?.unshift(list)
    project.childrenIncludingDocuments?.unshift(list)
    project.registerReflection(list, undefined, normalizePath(folder))
  }
}

/** Makes links lead to GitHub if their target has no page and is not a picture. */
const leadToRepository = (project: ProjectReflection) => {
  for (const { part, target } of withoutPage(project)) {
    if (part.kind !== "relative-link" || /\.(?:svg|png)$/.test(target)) continue
    const anchor = part.targetAnchor === undefined ? "" : `#${part.targetAnchor}`
    const kind = statSync(target).isDirectory() ? "tree" : "blob"
    part.text = `${repository}/${kind}/main/${relative(root, target)}${anchor}`
    part.target = undefined
  }
}

/** Installed files cannot be opened on GitHub. */
const leaveOutInstalled = (project: ProjectReflection) => {
  for (const reflection of Object.values(project.reflections)) {
    if (!reflection.isDeclaration() && !reflection.isSignature()) continue
    reflection.sources = (reflection.sources ?? []).filter(({ fileName }) => !fileName.includes("node_modules/"))
  }
}

/** The docstring at the head of a module, which TypeDoc mistakes for that of the first import. */
const headOf = (file: string): string => {
  const [, words = ""] = /^\/\*\*(.*?)\n \*(?: @|\/)/s.exec(readFileSync(file, "utf8")) ?? []
  return words.replaceAll(/^ \* ?/gm, "")
}

const arrange = (project: ProjectReflection) => {
  project.comment ??= new Comment()
  project.comment.modifierTags.add("@showGroups")
  for (const document of project.documents ?? []) document.frontmatter["group"] = groupOf(document.name)
  for (const library of project.children ?? []) {
    library.comment ??= new Comment()
    library.comment.blockTags.push(new CommentTag("@group", [text("Packages")]))
    // The page already has the name of the package as its title.
    const [first] = library.readme ?? []
    if (first !== undefined) first.text = first.text.replace(/^# .*\n/, "")
    for (const module of library.children ?? []) {
      module.comment = new Comment([text(headOf(join(root, `${module.name}.ts`)))])
      // Names the module as it is imported.
      module.name = module.name.replace(/^.*\/src\//, "")
    }
  }
}

/** Reads another package from its sources too, since its build may be old or missing. */
const sources: OptionsReader = {
  name: "sources",
  order: 250,
  supportsPackages: true,
  read: (options, logger) => {
    const compilerOptions = { ...options.getCompilerOptions(logger), composite: false, rootDir: root }
    options.setCompilerOptions(options.getFileNames(), compilerOptions, [])
  }
}

const plugin = (app: Application) => {
  app.options.addReader(sources)
  app.renderer.defineRouter("github-anchors", GithubAnchors)
  // Runs after the README is read, and before the groups are made.
  app.on(
    "reviveProject",
    (project) => {
      showFolders(project)
      leadToRepository(project)
      leaveOutInstalled(project)
      arrange(project)
    },
    -50
  )
  // The pages have their addresses by now, from the paths of the files: a title may change, an address should not.
  app.renderer.on(RendererEvent.BEGIN, ({ project }) => {
    for (const document of project.documents ?? []) document.name = titleOf(document)
  })
  app.renderer.on(IndexEvent.PREPARE_INDEX, (event) => {
    // Backwards, since removing a result shifts those after it.
    for (let index = event.searchResults.length - 1; index >= 0; index--) {
      const reflection = event.searchResults[index]
      if (!reflection?.isDeclaration()) continue
      if (reflection.isReference()) event.removeResult(index)
      else if (reflection.readme !== undefined) {
        event.searchFields[index] = { document: Comment.combineDisplayParts(reflection.readme) }
      }
    }
  })
}

export const options: TypeDocOptions = {
  name: "effect-baanx",
  plugin: [plugin],
  entryPointStrategy: "packages",
  entryPoints: libraries.map(folderOf),
  packageOptions: {
    // Leaves out `internal` here, not in `exclude`, since a public name may be declared there.
    entryPoints: ["src/{,!(internal)/**/}*.ts"],
    exclude: ["**/index.ts"],
    alwaysCreateEntryPointModule: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    categorizeByGroup: false,
    disableGit: true,
    gitRevision: "main",
    sourceLinkTemplate: `${repository}/blob/{gitRevision}/{path}#L{line}`,
    displayBasePath: root,
    validation: { notExported: false, invalidPath: false }
  },
  readme: join(root, "README.md"),
  projectDocuments: [...documents],
  displayBasePath: root,
  out: "dist/site",
  router: "github-anchors",
  markdownItLoader: (parser) => {
    drawDiagrams(parser)
    readCodeInHeadings(parser)
  },
  highlightLanguages: [...OptionDefaults.highlightLanguages, "diff", "dockerfile", "http", "ini", "sql", "toml"],
  customCss: "site.css",
  navigation: { excludeReferences: true },
  headings: { readme: false },
  groupOrder: ["Guides", "Packages", "Project", "Decisions", "*"],
  useFirstParagraphOfCommentAsSummary: true,
  searchInComments: true,
  searchInDocuments: true,
  navigationLinks: { GitHub: repository },
  // It would report that a folder is not a file.
  validation: { invalidPath: false },
  treatWarningsAsErrors: true
}
