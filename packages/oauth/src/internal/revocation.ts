/** How the tokens of a session are ended at Baanx, which both `TokenService` and `TokenSession` need to know. */
import type { PathFamily, ResolvedConfig } from "../BaanxConfig.js"

/** With a bearer token, a revocation ends all of the user's tokens; otherwise each token is revoked separately. */
export const isByBearer = (config: ResolvedConfig, pathFamily: PathFamily = config.pathFamily): boolean =>
  pathFamily === "oauth" || config.signOutBy === "logout"
