/** What the docstrings of public names lack. */
import { readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import ts from "typescript"
import { folderOf, type Package, root } from "./Packages.js"

/** The modules that a user can import: all of `src` except `internal`. */
const modules = (name: Package): ReadonlyArray<string> =>
  ts.sys.readDirectory(join(folderOf(name), "src"), [".ts"]).filter((file) => !file.includes("/internal/"))

/** The text of the nearest docstring, and its tags that are not empty. */
const docstringOf = (node: ts.Node) => {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return {
    words: docs.some(({ comment }) => (ts.getTextOfJSDocComment(comment) ?? "") !== ""),
    tags: docs.flatMap((doc) => doc.tags ?? []).flatMap(({ comment, tagName }) => (comment ? [tagName.text] : []))
  }
}

const has = (node: ts.Node, kind: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind)

/** The names that an exported statement declares. A type may share the name of a value, so a name can come twice. */
const namesOf = (statement: ts.Statement): ReadonlyArray<string> =>
  ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.map(({ name }) => name.getText())
    : ts.isDeclarationStatement(statement)
      ? [statement.name?.getText() ?? "default"]
      : ["default"]

/** The members that need a docstring: the static members of a class, and the methods of a service. */
const membersOf = (statement: ts.Statement): ReadonlyArray<ts.ClassElement | ts.TypeElement> =>
  ts.isInterfaceDeclaration(statement)
    ? statement.members.filter(
        (member) =>
          ts.isMethodSignature(member) ||
          (ts.isPropertySignature(member) && member.type !== undefined && ts.isFunctionTypeNode(member.type))
      )
    : ts.isClassDeclaration(statement)
      ? statement.members.filter(
          (member) => has(member, ts.SyntaxKind.StaticKeyword) && !has(member, ts.SyntaxKind.PrivateKeyword)
        )
      : []

/**
 * Where the docstring of a public name lacks something, and what. Each module begins with a docstring; each name has a
 * text, `@since` and `@category`; each static member of a class has `@since`, each method of a service a text.
 */
export const lacks = (name: Package): ReadonlyArray<string> => {
  const files = modules(name)
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true)
    const found: Array<string> = []
    const report = (node: ts.Node, what: string) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      found.push(`${relative(root, file)}:${line + 1} ${what}`)
    }
    if (!/^\/\*\*(?:(?!\*\/).)*@since \d/s.test(source.text)) report(source, "the module has no docstring with @since")

    const described = new Set<string>()
    const named: Array<readonly [name: string, statement: ts.Statement]> = []
    for (const statement of source.statements) {
      const from = ts.isExportDeclaration(statement) ? statement.moduleSpecifier?.getText().slice(1, -1) : undefined
      if (from?.startsWith(".")) {
        const module = resolve(dirname(file), from.replace(/\.js$/, ".ts"))
        if (!files.includes(module)) report(statement, "exports names of a module that is not public")
      }
      if (!has(statement, ts.SyntaxKind.ExportKeyword) && !ts.isExportAssignment(statement)) continue
      // A type shares the docstring of its value, and the implementation of an overloaded function that of its
      // signature.
      const shares = ts.isTypeAliasDeclaration(statement) || ts.isFunctionDeclaration(statement)
      if (shares && named.some(([name]) => name === statement.name?.text)) continue
      const { words } = docstringOf(statement)
      for (const name of namesOf(statement)) {
        if (words) described.add(name)
        named.push([name, statement])
      }
    }
    for (const [name, statement] of named) {
      if (!described.has(name)) report(statement, `${name} has no description`)
      for (const tag of ["since", "category"]) {
        if (!docstringOf(statement).tags.includes(tag)) report(statement, `${name} has no @${tag}`)
      }
      for (const member of membersOf(statement)) {
        const { tags, words } = docstringOf(member)
        const lacks = ts.isClassElement(member) ? !tags.includes("since") && "@since" : !words && "description"
        if (lacks !== false) report(member, `${name}.${member.name?.getText()} has no ${lacks}`)
      }
    }
    return found
  })
}
