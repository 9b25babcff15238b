/** Checks the `Host` of a request: a web page whose host name resolves to this machine must not reach the sandbox. */

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"])

/** Whether a host is loopback, on any port, or that of the base URL. */
export const isOwnHost = (host: string | undefined, baseUrl: string): boolean => {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false
  return loopback.has(new URL(`http://${host}`).hostname) || (URL.canParse(baseUrl) && new URL(baseUrl).host === host)
}
