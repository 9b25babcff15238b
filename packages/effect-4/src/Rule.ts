/** What a rule is given. */
import type ts from "typescript"

/** One call of a chain such as `make("a").add(b)` or `Tag("id")<Self>()`. */
export interface Link {
  /** The method; `undefined` for the first call, and where the result of the one before is called. */
  readonly method: string | undefined
  readonly call: ts.CallExpression
}

/** What a rule can use. */
export interface Tools {
  readonly source: ts.SourceFile
  readonly checker: ts.TypeChecker | undefined
  /** A node, translated. */
  readonly print: (node: ts.Node) => string
  /** The arguments of a call, translated. */
  readonly args: (call: ts.CallExpression) => ReadonlyArray<string>
  /** The type arguments of a call with their brackets, or nothing. */
  readonly types: (call: ts.CallExpression) => string
  /** The local name of a module of Effect 4. Adds its import. */
  readonly use: (module: string) => string
  /** The module that this file imports a name from. */
  readonly importOf: (name: string) => string | undefined
  /** Adds an import, unless the file has it. */
  readonly add: (name: string, from: string) => void
  /** Stops: there is no rule for this. */
  readonly missing: (node: ts.Node, what: string) => never
}

/** What a rule needs to know beyond the file. */
export interface Extra {
  /** The errors that `HttpApi.addError` named for every endpoint, and where they are from. */
  readonly everywhere: ReadonlyArray<{ readonly name: string; readonly from: string }>
  /** Whether the code is from the documentation, which imports as users do and uses none of our helpers. */
  readonly documentation?: boolean
}
