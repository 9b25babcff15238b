/** How the tokens of a session end at Baanx, which `TokenService` does and `TokenSession` reckons with. */
import type { PathFamily, ResolvedConfig } from "../BaanxConfig.js"

/** With a bearer, a revocation ends all of the user's tokens; otherwise each token ends alone. */
export const isByBearer = (config: ResolvedConfig, pathFamily: PathFamily = config.pathFamily): boolean =>
  pathFamily === "oauth" || config.signOutBy === "logout"
