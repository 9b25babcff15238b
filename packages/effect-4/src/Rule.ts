/** What a rule is given. */
import type ts from "typescript"

/** One call of a chain such as `make("a").add(b)` or `Tag("id")<Self>()`. */
export interface Link {
  /** The method; `undefined` for the first call, and where the result of the one before is called. */
  readonly method: string | undefined
  readonly call: ts.CallExpression
}

/** What a rule may ask for. */
export interface Tools {
  readonly source: ts.SourceFile
  readonly checker: ts.TypeChecker | undefined
  /** A node as Effect 4 has it. */
  readonly print: (node: ts.Node) => string
  /** The arguments of a call, as Effect 4 has them. */
  readonly args: (call: ts.CallExpression) => ReadonlyArray<string>
  /** The arguments of type of a call with their brackets, or nothing. */
  readonly types: (call: ts.CallExpression) => string
  /** The local name of a module of Effect 4, which the file imports from then on. */
  readonly use: (module: string) => string
  /** Of what this file imports by name, where it comes from. */
  readonly importOf: (name: string) => string | undefined
  /** Imports a name, if the file does not yet. */
  readonly add: (name: string, from: string) => void
  /** Stops: there is no rule for this. */
  readonly missing: (node: ts.Node, what: string) => never
}

/** What other files of the package add to this one. */
export interface Extra {
  /** The errors that `HttpApi.addError` named for every endpoint, and where they are from. */
  readonly everywhere: ReadonlyArray<{ readonly name: string; readonly from: string }>
  /** Whether a user reads it: then it imports as the user does, and needs nothing of the tests. */
  readonly documentation?: boolean
}
