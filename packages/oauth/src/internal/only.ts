import * as Schema from "effect/Schema"
import type { Operation } from "../error/Operation.js"

/** The operation of an error that no other one ends in. */
export const only = <const Name extends Operation>(operation: Name) =>
  Schema.propertySignature(Schema.Literal(operation)).pipe(Schema.withConstructorDefault(() => operation))
