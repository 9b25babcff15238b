/** CHANGELOG.md: the changesets, then the earlier releases. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { manifestOf, root } from "./Packages.js"

export interface Changeset {
  readonly bump: "major" | "minor" | "patch"
  readonly packages: ReadonlyArray<string>
  readonly text: string
}

const introduction = `# Changelog

All packages of a line have the same version: 2.x for Effect 4, 1.x for Effect 3. \`npm run changelog\` writes this page
from the [changesets](.changeset).
`

const bumps: ReadonlyArray<Changeset["bump"]> = ["major", "minor", "patch"]

export const parseChangeset = (file: string): Changeset => {
  const [, front = "", text = ""] = /^---\n([^]*?)---\n([^]*)$/.exec(file) ?? []
  return {
    bump: bumps.find((bump) => new RegExp(`: ${bump}$`, "m").test(front)) ?? "patch",
    packages: [...front.matchAll(/@effect-baanx\/([\w-]+)/g)].map(([, name = ""]) => name),
    text: text.trim()
  }
}

const item = ({ packages, text }: Changeset): string =>
  `- **${packages.join(", ")}**: ${text.replaceAll(/\n(?=.)/g, "\n  ")}\n`

/**
 * The page with the changesets under "Unreleased". If there are none, that section was released and gets the title
 * `version`. Sections of earlier versions stay.
 */
export const changelog = (previous: string, changesets: ReadonlyArray<Changeset>, version: string): string => {
  const [, ...sections] = previous.split(/^(?=## )/m)
  const earlier = sections.filter((section) => !section.startsWith("## Unreleased"))
  const released = sections
    .filter((section) => section.startsWith("## Unreleased"))
    .map((section) => section.replace("Unreleased", version))
  const latest =
    changesets.length === 0
      ? released
      : [
          `## Unreleased\n\n${bumps.flatMap((bump) => changesets.filter((set) => set.bump === bump).map(item)).join("")}`
        ]
  return [introduction, ...latest, ...earlier].map((section) => section.trimEnd()).join("\n\n") + "\n"
}

export const path: string = join(root, "CHANGELOG.md")

/** The current page, and the expected one. */
export const pages = (): { readonly found: string; readonly expected: string } => {
  const found = readFileSync(path, "utf8")
  const changesets = readdirSync(join(root, ".changeset"))
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .sort()
    .map((file) => parseChangeset(readFileSync(join(root, ".changeset", file), "utf8")))
  return { found, expected: changelog(found, changesets, manifestOf("oauth").version) }
}
