/**
 * The former names of types that moved to `@effect-baanx/api`, where every transport can use them.
 *
 * @since 0.1.0
 */
import { TransportFailure, type TransportReason } from "@effect-baanx/api/Transport"

/**
 * The former name of `TransportFailure`.
 *
 * @deprecated Use `TransportFailure` from `@effect-baanx/api`.
 * @since 0.1.0
 * @category errors
 */
export const NodeTransportFailure = TransportFailure

/**
 * @deprecated Use `TransportFailure` from `@effect-baanx/api`.
 * @since 0.1.0
 * @category errors
 */
export type NodeTransportFailure = TransportFailure

/**
 * The former name of `TransportReason`.
 *
 * @deprecated Use `TransportReason` from `@effect-baanx/api`.
 * @since 0.1.0
 * @category models
 */
export type NodeTransportReason = TransportReason
