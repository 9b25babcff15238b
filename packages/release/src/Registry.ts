/** A registry on loopback with the packed packages. Other packages come from the usual registry of npm. */
import { createHash, randomUUID } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import { basename, join } from "node:path"
import { lines, type Manifest, type Package, packagesOf, run, tagOf, tarballOf } from "./Packages.js"

export interface Registry {
  readonly url: string
  /** The manifest of each package for Effect 3, as it is packed. */
  readonly manifests: ReadonlyMap<Package, Manifest>
  readonly close: () => void
}

export interface Packed {
  /** The folder of the tarballs. */
  readonly folder: string
  readonly registry: Registry
}

interface Version {
  readonly manifest: Manifest
  readonly tag: string
  readonly file: string
  readonly integrity: string
}

/** Serves what `pack` put into the folder, each line under its tag. */
export const serve = async (tarballs: string): Promise<Registry> => {
  // Clients cache responses by URL, and another run may get the same port.
  const prefix = `/${randomUUID()}`
  let url = ""
  const manifests = new Map<Package, Manifest>()
  const files = new Map<string, Buffer>()
  const versions = new Map<string, Array<Version>>()
  for (const line of lines) {
    for (const name of packagesOf[line]) {
      const path = tarballOf(tarballs, name, line)
      const bytes = await readFile(path)
      const manifest: Manifest = JSON.parse(
        await run("tar", ["-xzOf", path, "package/package.json"], { cwd: tarballs })
      )
      if (line === "effect-3") manifests.set(name, manifest)
      const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`
      files.set(`${prefix}/${basename(path)}`, bytes)
      const version = { manifest, tag: tagOf(name, line), file: basename(path), integrity }
      versions.set(manifest.name, [...(versions.get(manifest.name) ?? []), version])
    }
  }
  const documentOf = (name: string): object | undefined => {
    const all = versions.get(name)
    return (
      all && {
        name,
        "dist-tags": Object.fromEntries(all.map(({ manifest, tag }) => [tag, manifest.version])),
        versions: Object.fromEntries(
          all.map(({ file, integrity, manifest }) => [
            manifest.version,
            { ...manifest, dist: { tarball: `${url}/${file}`, integrity } }
          ])
        ),
        time: Object.fromEntries(all.map(({ manifest }) => [manifest.version, "2020-01-01T00:00:00.000Z"]))
      }
    )
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "")
    const file = files.get(path) ?? JSON.stringify(documentOf(path.slice(prefix.length + 1)))
    if (file === undefined) response.writeHead(404).end()
    else response.setHeader("content-type", "application/json").end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("The registry has no port")
  url = `http://127.0.0.1:${address.port}${prefix}`
  return { url, manifests, close: () => void server.close() }
}

/** Makes npm, pnpm and Bun look for our packages in the registry when they run in the folder. */
export const use = (registry: Registry, folder: string): Promise<void> =>
  writeFile(join(folder, ".npmrc"), `@effect-baanx:registry=${registry.url}/\n`)
