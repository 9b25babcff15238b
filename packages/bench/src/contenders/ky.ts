/** ky with a timeout, without retries, not following redirects. */
import ky from "ky"
import type { Connect } from "../Contender.js"
import * as Sample from "../Sample.js"

export const connect: Connect = async (origin) => {
  const client = ky.create({ headers: Sample.headers, retry: 0, timeout: 10_000, redirect: "manual" })
  const url = origin + Sample.path
  return {
    authorize: async () =>
      Sample.check(Sample.read(await client.post(url, { json: { token: Sample.sessionToken } }).json())),
    close: () => Promise.resolve()
  }
}
