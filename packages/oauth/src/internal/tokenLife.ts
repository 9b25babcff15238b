/** How fresh the tokens of a session are, at a time in milliseconds since 1970. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Hash from "effect/Hash"
import type { TokenSet } from "../TokenService.js"
import type { SessionKey } from "../TokenStore.js"

/** How long before its expiry a token is renewed: as Baanx advises, but no more than a fifth of its lifetime. */
const renewBefore = Duration.toMillis(Duration.seconds(300))

/** How long a renewal counts as recent. */
const moment = Duration.toMillis(Duration.seconds(60))

/**
 * A number from 0 to 1 for each key, so that sessions that began together are not renewed together. The golden ratio
 * spreads consecutive hashes, such as those of numbered keys.
 */
const spread = (key: SessionKey): number => {
  const turns = Hash.string(key) * 0.618_033_988_749_895
  return turns - Math.floor(turns)
}

export const isFresh = (key: SessionKey, { expiresAt, issuedAt }: TokenSet, now: number): boolean => {
  const life = issuedAt === undefined ? Number.POSITIVE_INFINITY : DateTime.distance(issuedAt, expiresAt)
  const margin = Math.min(renewBefore, life / 5) * (1 + spread(key) / 3)
  return DateTime.toEpochMillis(expiresAt) - margin > now
}

export const isAlive = ({ expiresAt }: TokenSet, now: number): boolean => DateTime.toEpochMillis(expiresAt) > now

/** Whether there is a refresh token that, as far as Baanx has said, has not expired. */
export const isRenewable = ({ refreshExpiresAt, refreshToken }: TokenSet, now: number): boolean =>
  refreshToken !== undefined && (refreshExpiresAt === undefined || DateTime.toEpochMillis(refreshExpiresAt) > now)

/** Whether the tokens were renewed so recently that another renewal would not help. */
export const isJustRenewed = ({ grantType, issuedAt }: TokenSet, now: number): boolean =>
  grantType === "refresh_token" && issuedAt !== undefined && Math.abs(now - DateTime.toEpochMillis(issuedAt)) < moment
