/**
 * Translates one file to Effect 4. The rules are in `Names.ts`, `Shapes.ts` and `Members.ts`; this finds where each
 * applies. A name without a rule stops the translation.
 */
import ts from "typescript"
import { members, options } from "./Members.js"
import { documented, moduleOf, modules as all, parameters } from "./Names.js"
import type { Extra, Link, Tools } from "./Rule.js"
import { chains, constructors, shapes, values } from "./Shapes.js"

/** Where a rule is missing, and for which name. */
export class MissingRule extends Error {}

const isOfEffect = (module: string): boolean =>
  /^(?:effect|@effect)(?:\/|$)/.test(module) && !module.startsWith("@effect-baanx")

/** The types that are effects only in Effect 3, and the function that makes an effect of each. */
const effects: Readonly<Record<string, readonly [module: string, name: string]>> = {
  Left: ["effect/Effect", "fromResult"],
  Right: ["effect/Effect", "fromResult"],
  Some: ["effect/Effect", "fromOption"],
  None: ["effect/Effect", "fromOption"],
  Deferred: ["effect/Deferred", "await"],
  Fiber: ["effect/Fiber", "join"],
  RuntimeFiber: ["effect/Fiber", "join"],
  Ref: ["effect/Ref", "get"]
}

const isDeclaredIn = (symbol: ts.Symbol | undefined, module: RegExp): boolean =>
  symbol?.declarations?.some((declaration) => module.test(declaration.getSourceFile().fileName)) === true

const effectModule = /\/effect\/(?:dist\/dts|src)\//

/** The members of a union, or the type itself. */
const parts = (type: ts.Type): ReadonlyArray<ts.Type> => (type.isUnion() ? type.types : [type])

export const translate = (
  source: ts.SourceFile,
  checker: ts.TypeChecker | undefined,
  extra: Extra,
  fileName = source.fileName
): string => {
  const text = source.text
  const modules = extra.documentation === true ? { ...all, ...documented } : all
  /** Local names of Effect's modules, and of names that are imported alone. */
  const namespaces = new Map<string, string>()
  const named = new Map<string, readonly [module: string, name: string]>()
  const others = new Map<string, string>()
  const uses = new Map<string, { readonly alias: string; isValue: boolean }>()
  const usedNames = new Map<string, Map<string, { readonly as: string; isValue: boolean }>>()
  const added = new Map<string, Set<string>>()
  let isByBarrel = false

  const missing = (node: ts.Node, what: string): never => {
    const { character, line } = source.getLineAndCharacterOfPosition(node.getStart(source))
    throw new MissingRule(`${fileName}:${line + 1}:${character + 1} ${what} has no rule for Effect 4`)
  }

  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    const module = statement.moduleSpecifier.text
    const bindings = statement.importClause?.namedBindings
    if (!isOfEffect(module)) {
      if (bindings !== undefined && ts.isNamedImports(bindings)) {
        for (const { name } of bindings.elements) others.set(name.text, module)
      }
      continue
    }
    if (bindings === undefined) missing(statement, module)
    else if (ts.isNamespaceImport(bindings)) namespaces.set(bindings.name.text, module)
    else {
      for (const element of bindings.elements) {
        const name = (element.propertyName ?? element.name).text
        const inner = moduleOf(module, name)
        isByBarrel ||= extra.documentation === true && (inner !== undefined || module === "effect")
        if (inner !== undefined) namespaces.set(element.name.text, inner)
        else named.set(element.name.text, [module === "effect" ? "effect/Function" : module, name])
      }
    }
  }

  const ruleOf = (node: ts.Node, module: string, name: string): { readonly module: string; readonly name: string } => {
    const rule = modules[module] ?? missing(node, module)
    const now = rule.now?.[name]
    if (now !== undefined) {
      const [other, inner] = now.split("#")
      return inner === undefined || other === undefined
        ? { module: rule.to, name: now }
        : { module: other, name: inner }
    }
    if (rule.same.has(name)) return { module: rule.to, name }
    return missing(node, `${module}.${name}`)
  }

  const aliasOf = (module: string): string => {
    for (const [local, from] of namespaces) {
      const rule = modules[from]
      if (rule?.to === module && rule.as === undefined) return local
    }
    const ofTests = /^@effect-baanx\/testing\/(\w)(\w+)$/.exec(module)
    if (ofTests !== null && module !== "@effect-baanx/testing/TestClock") {
      return `Testing${ofTests[1]?.toUpperCase()}${ofTests[2]}`
    }
    return Object.values(modules).find(({ to }) => to === module)?.as ?? module.replace(/^.*\//, "")
  }

  const need = (module: string, isValue: boolean): string => {
    const before = uses.get(module)
    if (before !== undefined) {
      before.isValue ||= isValue
      return before.alias
    }
    const alias = aliasOf(module)
    uses.set(module, { alias, isValue })
    return alias
  }

  /** The module and the name that an expression or a type refers to, if they are Effect's. */
  const referenceOf = (node: ts.Node): readonly [module: string, name: string] | undefined => {
    const pair = ts.isPropertyAccessExpression(node)
      ? ([node.expression, node.name] as const)
      : ts.isQualifiedName(node)
        ? ([node.left, node.right] as const)
        : undefined
    if (pair !== undefined) {
      const [left, right] = pair
      const module = ts.isIdentifier(left) ? namespaces.get(left.text) : undefined
      return module === undefined ? undefined : [module, right.text]
    }
    return ts.isIdentifier(node) && isReference(node) ? named.get(node.text) : undefined
  }

  const keyOf = (node: ts.Node): string | undefined => referenceOf(node)?.join(".")

  const printReference = (node: ts.Node, module: string, name: string): string => {
    const isValue = !isTypeOnly(node)
    const now = ruleOf(node, module, name)
    if (ts.isIdentifier(node)) {
      const names = usedNames.get(now.module) ?? new Map<string, { readonly as: string; isValue: boolean }>()
      usedNames.set(now.module, names)
      const before = names.get(now.name)
      if (before === undefined) names.set(now.name, { as: node.text, isValue })
      else before.isValue ||= isValue
      return node.text
    }
    return `${need(now.module, isValue)}.${now.name}`
  }

  const tools: Tools = {
    source,
    checker,
    print: (node) => print(node),
    args: (call) => call.arguments.map(print),
    types: ({ typeArguments }) => (typeArguments === undefined ? "" : `<${typeArguments.map(print).join(", ")}>`),
    use: (module) => need(module, true),
    importOf: (name) => others.get(name),
    add: (name, from) => {
      if (others.get(name) === from) return
      added.set(from, (added.get(from) ?? new Set()).add(name))
    },
    missing
  }

  const print = (node: ts.Node): string => {
    const printed = printNode(node)
    return ts.isExpression(node) ? asEffect(node, printed) : printed
  }

  const printNode = (node: ts.Node): string => {
    if (ts.isCallExpression(node)) {
      const links: Array<Link> = []
      const head = headOf(node, links)
      const key = keyOf(head)
      const chain = key === undefined ? undefined : chains[key]
      if (chain !== undefined) return chain(links, tools, extra)
      const own = keyOf(node.expression)
      const shape = own === undefined ? undefined : shapes[own]
      if (shape !== undefined) return shape(node, tools)
    }
    const reference = referenceOf(node)
    if (reference !== undefined) {
      const key = reference.join(".")
      const value = values[key]
      if (value !== undefined) return value(tools)
      const shape = shapes[key]
      if (!isTypeOnly(node) && (shape !== undefined || chains[key] !== undefined))
        return missing(node, `${key}, which has a rule for its calls,`)
      return printReference(node, ...reference)
    }
    if (ts.isQualifiedName(node)) {
      const inner = referenceOf(node.left)
      const now = inner === undefined ? undefined : modules[inner[0]]?.now?.[`${inner[1]}.${node.right.text}`]
      if (inner !== undefined && now !== undefined) return `${need(modules[inner[0]]?.to ?? "", false)}.${now}`
      if (inner !== undefined && modules[inner[0]]?.same.has(`${inner[1]}.${node.right.text}`) !== true) {
        return missing(node, `${inner.join(".")}.${node.right.text}`)
      }
    }
    if (ts.isTypeReferenceNode(node) && node.typeArguments !== undefined) {
      const count = parameters[keyOf(node.typeName) ?? ""]
      if (count !== undefined) {
        return `${print(node.typeName)}<${node.typeArguments.slice(0, count).map(print).join(", ")}>`
      }
    }
    if (ts.isIdentifier(node) && namespaces.has(node.text) && isReference(node)) {
      const value = values[namespaces.get(node.text) ?? ""]
      if (value !== undefined) return value(tools)
      return missing(node, `${node.text}, a module that is passed on as a value,`)
    }
    if (ts.isBindingElement(node) && node.propertyName === undefined && ts.isIdentifier(node.name)) {
      const now = boundMemberOf(node, node.name.text)
      if (now !== undefined) return `${now}: ${printChildren(node)}`
    }
    if (ts.isNewExpression(node)) {
      const key = keyOf(node.expression)
      const maker = key === undefined ? undefined : constructors[key]
      if (maker !== undefined) return `${maker(tools)}(${(node.arguments ?? []).map(print).join(", ")})`
    }
    if (ts.isPropertyAssignment(node) && node.name.getText(source) === "decodingFallback") {
      return missing(node, "the annotation decodingFallback")
    }
    if (ts.isPropertyAssignment(node) && Object.hasOwn(options, node.name.getText(source))) {
      return `${options[node.name.getText(source)]}: ${print(node.initializer)}`
    }
    if (ts.isPropertyAccessExpression(node) && node.name.text === "reason" && isOfPlatformError(node.name)) {
      return `${need("@effect-baanx/testing/errors", true)}.kindOf(${print(node.expression)})`
    }
    if (ts.isPropertyAccessExpression(node)) {
      const member = memberOf(node.name)
      if (member !== undefined) return `${print(node.expression)}${node.questionDotToken ? "?." : "."}${member}`
    }
    return printChildren(node)
  }

  const isOfPlatformError = (name: ts.MemberName): boolean =>
    checker !== undefined && isDeclaredIn(checker.getSymbolAtLocation(name), /\/platform\/dist\/dts\/HttpClientError\./)

  /** The new name of a member of one of Effect's values. */
  const memberOf = (name: ts.MemberName): string | undefined => {
    const rules = Object.hasOwn(members, name.text) ? members[name.text] : undefined
    if (rules === undefined || checker === undefined) return undefined
    const symbol = checker.getSymbolAtLocation(name)
    return rules.find(({ of }) => isDeclaredIn(symbol, of))?.now
  }

  /** The same for a member that is destructured. */
  const boundMemberOf = (element: ts.BindingElement, name: string): string | undefined => {
    const rules = Object.hasOwn(members, name) ? members[name] : undefined
    if (rules === undefined || checker === undefined) return undefined
    const symbol = checker.getPropertyOfType(checker.getTypeAtLocation(element.parent), name)
    return rules.find(({ of }) => isDeclaredIn(symbol, of))?.now
  }

  const printChildren = (node: ts.Node): string => {
    let printed = ""
    let at = node.getStart(source)
    ts.forEachChild(node, (child) => {
      const start = child.getStart(source)
      if (start < at) return
      printed += text.slice(at, start) + print(child)
      at = child.end
    })
    return printed + text.slice(at, node.end)
  }

  /** Turns what is an effect only in Effect 3 into an effect of Effect 4. */
  const asEffect = (node: ts.Expression, printed: string): string => {
    if (checker === undefined || ts.isParenthesizedExpression(node) || ts.isConditionalExpression(node)) return printed
    const { parent } = node
    const isYielded = ts.isYieldExpression(parent) && parent.asteriskToken !== undefined
    if (!isYielded && (ts.isPropertyAccessExpression(parent) || ts.isExpressionStatement(parent))) return printed
    const wanted = isYielded ? undefined : checker.getContextualType(node)
    if (!isYielded) {
      if (wanted === undefined) return printed
      const wantsEffect = parts(wanted).some(
        ({ symbol }) => symbol?.name === "Effect" && isDeclaredIn(symbol, /\/effect\/(?:dist\/dts|src)\/Effect\./)
      )
      if (!wantsEffect) return printed
    } else if (isInGenOf(node, "effect/Either.gen") || isInGenOf(node, "effect/Option.gen")) return printed
    const kinds = new Set(
      parts(checker.getTypeAtLocation(node)).map(({ symbol }) =>
        symbol !== undefined && isDeclaredIn(symbol, effectModule) ? symbol.name : ""
      )
    )
    const makers = new Set(
      [...kinds].map((kind) => (Object.hasOwn(effects, kind) ? effects[kind] : undefined)?.join("."))
    )
    const [kind = ""] = kinds
    const maker = Object.hasOwn(effects, kind) ? effects[kind] : undefined
    return makers.size === 1 && maker !== undefined ? `${need(maker[0], true)}.${maker[1]}(${printed})` : printed
  }

  const isInGenOf = (node: ts.Node, key: string): boolean => {
    let at: ts.Node | undefined = node
    while (at !== undefined && !ts.isFunctionLike(at)) at = at.parent
    return at !== undefined && ts.isCallExpression(at.parent) && keyOf(at.parent.expression) === key
  }

  const body = source.statements.filter(
    (statement) => !isImportOfEffect(statement) && !ts.isImportDeclaration(statement)
  )
  const imports = source.statements.filter(ts.isImportDeclaration)
  const first = imports[0]
  const head = first === undefined ? "" : text.slice(0, first.getStart(source))
  const own = imports.filter((statement) => !isImportOfEffect(statement)).map((statement) => printImport(statement))
  const problems: Array<string> = []
  const rest = body
    .map((statement) => {
      try {
        return `${leading(statement)}${print(statement)}`
      } catch (error) {
        if (!(error instanceof MissingRule)) throw error
        problems.push(error.message)
        return ""
      }
    })
    .join("")
  if (problems.length > 0) throw new MissingRule(problems.join("\n"))
  const lists = new Map<string, Array<string>>()
  for (const [module, names] of usedNames) {
    const list = [...names].map(
      ([name, { as, isValue }]) => `${isValue ? "" : "type "}${name === as ? name : `${name} as ${as}`}`
    )
    lists.set(isByBarrel && module === "effect/Function" ? "effect" : module, list)
  }
  if (isByBarrel) {
    for (const [module, { alias, isValue }] of uses) {
      const [, barrel = module, name = alias] = /^(.*)\/(.*)$/.exec(module) ?? []
      const item = `${isValue ? "" : "type "}${name === alias ? name : `${name} as ${alias}`}`
      lists.set(barrel, [...(lists.get(barrel) ?? []), item])
    }
  }
  const lines = [
    ...[...(isByBarrel ? [] : uses)].map(
      ([module, { alias, isValue }]) => `import ${isValue ? "" : "type "}* as ${alias} from "${module}"`
    ),
    ...[...lists].map(([module, list]) => {
      const isType = list.every((item) => item.startsWith("type "))
      const items = list.sort(byName).map((item) => (isType ? item.replace("type ", "") : item))
      return `import ${isType ? "type " : ""}{ ${items.join(", ")} } from "${module}"`
    }),
    ...[...added]
      .filter(([from]) => !imports.some((statement) => moduleText(statement) === from))
      .map(([from, names]) => `import { ${[...names].join(", ")} } from "${from}"`),
    ...own.map((statement) => statement())
  ]
  return `${head}${(isByBarrel ? lines.sort(byModule) : lines).join("\n")}\n${rest}\n`

  /** Prints an import with the names that rules added to it, so after the rest is printed. */
  function printImport(statement: ts.ImportDeclaration): () => string {
    return () => {
      const names = added.get(moduleText(statement)) ?? new Set()
      const bindings = statement.importClause?.namedBindings
      if (bindings === undefined || !ts.isNamedImports(bindings)) {
        return text.slice(statement.getStart(source), statement.end)
      }
      // A rule may have removed the last use of a name.
      const kept = bindings.elements.filter(({ name }) => new RegExp(`\\b${name.text}\\b`).test(rest))
      const list = [...kept.map((element) => element.getText(source)), ...names]
      if (list.length === 0) return ""
      const type = statement.importClause?.isTypeOnly === true && names.size === 0 ? "type " : ""
      return `import ${type}{ ${list.join(", ")} } from ${statement.moduleSpecifier.getText(source)}`
    }
  }

  /** The comments before a statement. */
  function leading(statement: ts.Statement): string {
    return text.slice(statement.getFullStart(), statement.getStart(source))
  }
}

/** The expression that a chain of calls begins with. Adds the calls to `links`, in order. */
const headOf = (call: ts.CallExpression, links: Array<Link>): ts.Expression => {
  const { expression } = call
  if (ts.isCallExpression(expression)) {
    const head = headOf(expression, links)
    links.push({ method: undefined, call })
    return head
  }
  if (ts.isPropertyAccessExpression(expression) && ts.isCallExpression(expression.expression)) {
    const head = headOf(expression.expression, links)
    links.push({ method: expression.name.text, call })
    return head
  }
  links.push({ method: undefined, call })
  return expression
}

const compare = (one: string, other: string): number => (one < other ? -1 : 1)

const byName = (one: string, other: string): number =>
  compare(one.replace(/^type /, "").toLowerCase(), other.replace(/^type /, "").toLowerCase())

const byModule = (one: string, other: string): number =>
  compare(one.replace(/^.* from /, ""), other.replace(/^.* from /, ""))

const isValueHeritage = ({ parent }: ts.ExpressionWithTypeArguments): boolean =>
  ts.isHeritageClause(parent) &&
  parent.token === ts.SyntaxKind.ExtendsKeyword &&
  !ts.isInterfaceDeclaration(parent.parent)

/** Whether an identifier refers to a value or type, rather than naming a declaration or member. */
const isReference = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isQualifiedName(parent)) return parent.left === node
  if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent)) return parent.initializer === node
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isNamespaceImport(parent)) return false
  return !(
    (ts.isParameter(parent) ||
      ts.isVariableDeclaration(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isGetAccessorDeclaration(parent) ||
      ts.isTypeAliasDeclaration(parent) ||
      ts.isInterfaceDeclaration(parent) ||
      ts.isFunctionDeclaration(parent) ||
      ts.isClassDeclaration(parent)) &&
    parent.name === node
  )
}

function moduleText(statement: ts.ImportDeclaration): string {
  return ts.isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : ""
}

const isTypeOnly = (node: ts.Node): boolean => {
  const { parent } = node
  if (ts.isQualifiedName(node) || ts.isTypeNode(parent) || ts.isQualifiedName(parent)) {
    return !(ts.isExpressionWithTypeArguments(parent) && isValueHeritage(parent))
  }
  return ts.isExpressionWithTypeArguments(parent) && !isValueHeritage(parent)
}

function isImportOfEffect(statement: ts.Statement): boolean {
  return ts.isImportDeclaration(statement) && isOfEffect(moduleText(statement))
}
