// Words of some languages by which a text is known for what it is about. What is beyond ASCII
// stands in strings: those are escaped in the bundle, patterns are not.

/** A pattern for a text in lower case, and further words with "|" between them. */
export type Words = readonly [like: RegExp, more: string];

/** True where one of them stands in `plain`, which is in lower case. */
export function speaks(plain: string, [like, more]: Words): boolean {
  return like.test(plain) || more.split("|").some((word) => plain.includes(word));
}
