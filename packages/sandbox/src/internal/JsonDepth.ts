/**
 * How deep JSON may nest: code that reads or prints it recurses at each level, and too many levels crash the process.
 */

/** No request and no seed needs more than six levels. */
export const maxJsonDepth = 64

/** Whether JSON text nests deeper than that, not counting brackets in strings. */
export const isTooDeep = (json: string): boolean => {
  let depth = 0
  let isInString = false
  for (let index = 0; index < json.length; index++) {
    const character = json.charAt(index)
    if (isInString) {
      if (character === "\\") index++
      else if (character === '"') isInString = false
    } else if (character === '"') isInString = true
    else if (character === "{" || character === "[") {
      depth++
      if (depth > maxJsonDepth) return true
    } else if (character === "}" || character === "]") depth--
  }
  return false
}
