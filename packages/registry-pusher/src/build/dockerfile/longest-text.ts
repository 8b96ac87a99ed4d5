/** In UTF-16 code units; Linux passes 128 KiB to a program as one argument or variable at most. */
const longestText = 256 * 1024;

/** Variables made of variables grow fast: this keeps them from filling the memory. @throws Error */
export function bounded(text: string): string {
  if (text.length > longestText) throw new Error('it becomes longer than 256 KiB');
  return text;
}
