import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { lines, manifestOf, type Package, packages, packagesOf } from "../../src/Packages.js"
import { publish } from "../../src/Publish.js"
import type { Packed } from "../../src/Registry.js"

interface Document {
  readonly name: string
  readonly "dist-tags": Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, unknown>>
}

/** An empty registry that accepts packages as npm's does: the first version of a package becomes its `latest` too. */
const emptyRegistry = async (documents: Map<string, Document>): Promise<Server> => {
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(request.url ?? "").slice(1)
    const before = documents.get(name)
    let body = ""
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk)
    if (request.method === "PUT") {
      const document: Document = JSON.parse(body)
      const [first = ""] = Object.keys(document.versions)
      documents.set(name, {
        name,
        "dist-tags": { latest: first, ...before?.["dist-tags"], ...document["dist-tags"] },
        versions: { ...before?.versions, ...document.versions }
      })
    }
    response
      .writeHead(request.method === "GET" && before === undefined ? 404 : 200, { "content-type": "application/json" })
      .end(JSON.stringify(before ?? {}))
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  return server
}

/** Publishes the tarballs to a registry on loopback. */
export const publishing = (packed: () => Packed): void => {
  describe("the release", () => {
    const documents = new Map<string, Document>()
    let server: Server
    let args: ReadonlyArray<string> = []
    beforeAll(async () => {
      server = await emptyRegistry(documents)
      const { port }: Pick<AddressInfo, "port"> = Object(server.address())
      const host = `127.0.0.1:${port}`
      args = [
        `--registry=http://${host}/`,
        `--@effect-baanx:registry=http://${host}/`,
        `--//${host}/:_authToken=of-this-test`,
        // Only the CI that publishes can sign the provenance.
        "--provenance=false"
      ]
    })
    afterAll(() => void server.close())

    const tagsOf = (name: Package) => documents.get(`@effect-baanx/${name}`)?.["dist-tags"]

    it("publishes 1.x with the tag effect-3 and 2.x as latest, and the packages without 2.x as latest", async () => {
      const published = await publish(packed().folder, args)
      assert.lengthOf(published, lines.flatMap((line) => packagesOf[line]).length)
      for (const name of packages) {
        const { version } = manifestOf(name)
        assert.deepStrictEqual(
          tagsOf(name),
          packagesOf["effect-4"].includes(name)
            ? { latest: manifestOf(name, "effect-4").version, "effect-3": version }
            : { latest: version },
          name
        )
      }
      assert.sameMembers([...packagesOf["effect-4"]], ["api", "node", "oauth", "server", "sql"])
    })

    it("publishes nothing a second time", async () => {
      assert.deepStrictEqual(await publish(packed().folder, args), [])
    })
  })
}
