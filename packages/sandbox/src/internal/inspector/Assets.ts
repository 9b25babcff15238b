/**
 * The files of the page, in the folder `inspector` of this package, whose relative path is the same from `dist` and
 * from `src`.
 */
import { readFileSync } from "node:fs"

const read = (name: string) => readFileSync(new URL(`../../../inspector/${name}`, import.meta.url), "utf8")

/** The styles of the page. */
export const style = (): string => read("inspector.css")

/** The script of the page. */
export const script = (): string => read("inspector.js")
