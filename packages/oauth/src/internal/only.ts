import * as Schema from "effect/Schema"
import type { Operation } from "../error/Operation.js"

/** The `operation` field of an error that only one operation fails with. */
export const only = <const Name extends Operation>(operation: Name) =>
  Schema.propertySignature(Schema.Literal(operation)).pipe(Schema.withConstructorDefault(() => operation))
