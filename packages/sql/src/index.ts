/**
 * Baanx sign-ins and sessions in SQLite or PostgreSQL.
 *
 * @since 0.1.0
 */
export { generateKey, KeyRing, type KeyRingShape, type Place } from "./KeyRing.js"
export * as PendingAuthorizationsSql from "./PendingAuthorizationsSql.js"
export * as SqlStores from "./SqlStores.js"
export { StatementTimeout } from "./StatementTimeout.js"
export * as StoreMetrics from "./StoreMetrics.js"
export * as StoreMigrations from "./StoreMigrations.js"
export * as TokenStoreSql from "./TokenStoreSql.js"
