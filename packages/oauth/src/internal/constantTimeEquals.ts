/** Takes a time that depends only on the length of `right`. */
export const constantTimeEquals = (left: string, right: string): boolean => {
  let difference = left.length ^ right.length
  for (let index = 0; index < right.length; index++) {
    // Past the end of `left`, charCodeAt is NaN, which `^` treats as 0; the lengths differ anyway.
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index)
  }
  return difference === 0
}
