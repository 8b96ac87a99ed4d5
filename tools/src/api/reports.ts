import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Project, readProjects, workspaceRoot } from '../workspace.ts';
import { createApiPrinter, type EntryPoint } from './print-api.ts';

/** The reviewed file with a package's public API. */
const reportFile = 'api.md';

const introduction = `What this package exports, without comments. \`npm run api\` writes this file; review its changes like code.\n`;

/** Returns what is wrong with the packages' reports. Their declarations must be compiled. */
export function checkReports(): string[] {
  return [...renderReports()].flatMap(([file, text]) => {
    const path = join(workspaceRoot, file);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) return [];
    return [`${file}: the public API has changed. Run npm run api, review the change and commit it.`];
  });
}

export function writeReports(): void {
  for (const [file, text] of renderReports()) writeFileSync(join(workspaceRoot, file), text);
}

/** Returns the reports by their paths in the workspace. */
function renderReports(): Map<string, string> {
  const published = readProjects(workspaceRoot).filter(({ root, manifest }) => root !== '.' && !manifest.private);
  const entries = published.map((project) => ({ project, entries: entryPointsOf(project) }));
  const print = createApiPrinter(entries.flatMap((one) => one.entries.map(({ file }) => file)));
  return new Map(
    entries.map(({ project: { root, manifest }, entries: own }) => {
      const api = print(own, join(workspaceRoot, root, 'dist'));
      return [join(root, reportFile), `# The API of ${manifest.name}\n\n${introduction}\n${api}`];
    }),
  );
}

function entryPointsOf({ root, manifest }: Project): EntryPoint[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([path, target]) =>
    typeof target === 'string' || target['types'] === undefined
      ? []
      : [{ specifier: join(manifest.name, path), file: join(workspaceRoot, root, target['types']) }],
  );
}
