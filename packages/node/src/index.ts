/**
 * A fast `HttpClient` layer for Node.
 *
 * @since 0.1.0
 */
export * as NodeHttpClient from "./NodeHttpClient.js"
export type { NodeHttpClientOptions } from "./NodeHttpClient.js"
export { NodeTransportFailure, type NodeTransportReason } from "./NodeTransportFailure.js"
