/** Returns the last part of a declared GitLab project's path. Without a `path`, GitLab derives it from the name. */
export function projectPathOf({ path, name }: Readonly<Record<string, unknown>>): unknown {
  if (path !== undefined) return path;
  return String(name)
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, '-');
}
