import { codeChallenge, CodeVerifier, generatePkce } from "@effect-baanx/oauth"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { createHash } from "node:crypto"

describe("Pkce", () => {
  it.effect("computes the challenge of RFC 7636 appendix B", () =>
    Effect.gen(function* () {
      const verifier = Schema.decodeSync(CodeVerifier)("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
      assert.strictEqual(yield* codeChallenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    })
  )

  it.effect("generates verifiers of 43 unreserved characters, no two alike, each with its S256 challenge", () =>
    Effect.gen(function* () {
      const proofs = yield* Effect.all(Array.from({ length: 100 }, () => generatePkce))
      assert.strictEqual(new Set(proofs.map(({ verifier }) => Redacted.value(verifier))).size, 100)
      for (const { challenge, verifier } of proofs) {
        assert.match(Redacted.value(verifier), /^[A-Za-z0-9_-]{43}$/)
        assert.strictEqual(challenge, createHash("sha256").update(Redacted.value(verifier)).digest("base64url"))
        assert.notInclude(JSON.stringify({ verifier }), Redacted.value(verifier))
      }
    })
  )
})
