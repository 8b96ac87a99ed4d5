/** In UTF-16 code units. Linux limits one argument or variable of a program to 128 KiB. */
const maxLength = 256 * 1024;

/** Variables made of variables grow fast and could fill the memory. @throws Error */
export function assertTextLimit(text: string): string {
  if (text.length > maxLength) throw new Error('the expanded text is longer than 256 KiB');
  return text;
}
