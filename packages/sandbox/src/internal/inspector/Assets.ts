/** The files of the page, in the folder `inspector` of this package: the same way from `dist` and from `src`. */
import { readFileSync } from "node:fs"

const read = (name: string) => readFileSync(new URL(`../../../inspector/${name}`, import.meta.url), "utf8")

/** What the page looks like. */
export const style = (): string => read("inspector.css")

/** What the page does. */
export const script = (): string => read("inspector.js")
