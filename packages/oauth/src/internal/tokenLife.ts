/** Of how much use the tokens of a session still are, at a time in milliseconds since 1970. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Hash from "effect/Hash"
import type { TokenSet } from "../TokenService.js"
import type { SessionKey } from "../TokenStore.js"

/** How long before its end a token is renewed: as Baanx advises, but no more than a fifth of its life. */
const renewBefore = Duration.toMillis(Duration.seconds(300))

/** How long a renewal counts as just done. */
const moment = Duration.toMillis(Duration.seconds(60))

/**
 * 0 to 1 by key: sessions that began together are not renewed together. The golden ratio spreads hashes that follow each
 * other, as those of numbered keys do.
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

/** Whether there is a refresh token that Baanx has not said to be over. */
export const isRenewable = ({ refreshExpiresAt, refreshToken }: TokenSet, now: number): boolean =>
  refreshToken !== undefined && (refreshExpiresAt === undefined || DateTime.toEpochMillis(refreshExpiresAt) > now)

/** Whether another renewal would bring nothing that this one did not. */
export const isJustRenewed = ({ grantType, issuedAt }: TokenSet, now: number): boolean =>
  grantType === "refresh_token" && issuedAt !== undefined && Math.abs(now - DateTime.toEpochMillis(issuedAt)) < moment
