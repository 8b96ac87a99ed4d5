/** The digests of files' contents, by inode. */
export type Contents = Map<number, string>;
