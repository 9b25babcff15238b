/** Publishes what npm does not have yet. */
import { lines, manifestOf, packagesOf, run, tagOf, tarballOf } from "./Packages.js"

/**
 * Publishes the tarballs that `pack` put into the folder, each under the tag of its line, and returns what it published.
 * The tools that publish a whole workspace do not use the tag in a manifest: `changeset publish` passes `latest`, and
 * pnpm ignores it. Effect 4 goes first, since npm makes the first version of a new package its `latest`.
 */
export const publish = async (folder: string, args: ReadonlyArray<string> = []): Promise<ReadonlyArray<string>> => {
  const published: Array<string> = []
  for (const line of lines) {
    for (const name of packagesOf[line]) {
      const manifest = manifestOf(name, line)
      const version = `${manifest.name}@${manifest.version}`
      if (await isPublished(version, folder, args)) continue
      const options = ["--tag", tagOf(name, line), ...args]
      await run("npm", ["publish", tarballOf(folder, name, line), ...options], { cwd: folder })
      published.push(version)
    }
  }
  return published
}

const isPublished = async (version: string, cwd: string, args: ReadonlyArray<string>): Promise<boolean> => {
  try {
    // `npm run --silent` would hide the reason for a failure too.
    const view = ["view", version, "version", "--loglevel=error", ...args]
    return (await run("npm", view, { cwd })).trim() !== ""
  } catch (error) {
    if (error instanceof Error && error.message.includes("E404")) return false
    throw error
  }
}
