/** What no test can tell apart: a brand's name is there for the compiler alone. */
export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "brand",
    value: {
      shouldIgnore: ({ node, parent }) =>
        node.type === "StringLiteral" &&
        parent?.type === "CallExpression" &&
        parent.callee.type === "MemberExpression" &&
        parent.callee.property.name === "brand"
          ? "a brand is a type"
          : undefined
    }
  }
]
