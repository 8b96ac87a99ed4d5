import { isMap, isSeq, parseDocument, stringify } from 'yaml';
import { buildAllCommands } from './build-command.ts';
import type { App } from '../project/app.ts';
import type { Project } from '../project/find-apps.ts';
import { keyOf, startOf } from '../takeover/yaml.ts';

const deployJobs = '.gitlab/deploy.yml';

/** The start of the component's address. */
export const componentName = 'gitlab.com/tozo/tozo/pipeline';

/** Returns whether a .gitlab-ci.yml includes the deploy jobs already. */
export function hasPipeline(text: string): boolean {
  return text.includes(deployJobs);
}

/**
 * Returns .gitlab-ci.yml with the pipeline. What the file has already stays, below it.
 * @param before without deploy jobs of another tool
 * @param version of the command, which the component has, too
 */
export function addPipeline(before: string, project: Project, version: string): string {
  const { apps, nx } = project;
  const manager = apps[0]!.manager;
  const needsImageDeps = apps.some(({ usesImageDeps }) => usesImageDeps);
  const inputs = {
    ...(manager.name === 'npm' ? {} : { install: manager.install, tozo: `${manager.exec} tozo` }),
    ...(nx && needsImageDeps ? { targets: 'lint test build image-deps' } : {}),
    // Only a lock file of npm can pin the tool by its digest.
    ...(manager.name === 'npm'
      ? {}
      : {
          'tool-install': [
            `npm install --prefix .gitlab/tozo --ignore-scripts --no-audit --no-fund @tozo/cli@${version}`,
          ],
        }),
  };
  const include = [
    { component: `${componentName}@${version}`, ...(Object.keys(inputs).length === 0 ? {} : { inputs }) },
    { local: deployJobs },
  ];
  const withInclude = addInclude(before, include);
  if (nx) return withInclude;
  const job = stringify({ 'lint-test': { script: scriptOf(project) } }, { lineWidth: 0 });
  return `${withInclude.trimEnd()}\n\n# Without Nx, this job builds and tests everything.\n${job}`;
}

function scriptOf(project: Project): string[] {
  const { apps, rootManifest } = project;
  const { manager } = apps[0]!;
  const tozo = `${manager.exec} tozo`;
  const scripts = rootManifest?.scripts ?? {};
  const isReal = (name: string): boolean => name in scripts && !/no test specified/.test(scripts[name]!);
  const at = ({ directory }: App, command: string): string =>
    directory === '' ? command : `(cd ${directory} && ${command})`;
  return [
    'mkdir -p .tozo',
    `${tozo} ci pipeline --check`,
    ...['lint', 'test'].filter(isReal).map((name) => `${manager.run} ${name}`),
    ...buildAllCommands(project),
    ...apps.filter(({ usesImageDeps }) => usesImageDeps).map((app) => at(app, `${tozo} image-deps`)),
    `${tozo} ci changes --out .tozo/changes.json`,
  ];
}

function addInclude(before: string, include: readonly object[]): string {
  const root = parseDocument(before).contents;
  const pair = isMap(root) ? root.items.find((item) => keyOf(item) === 'include') : undefined;
  const rest = before.trim() === '' ? '' : `\n${before.trimStart()}`;
  if (pair === undefined) return `${stringify({ include }, { lineWidth: 0 })}${rest}`;
  const value = (pair.value as { toJSON?: () => unknown } | null)?.toJSON?.();
  const items = [...include, ...(isSeq(pair.value) ? (value as unknown[]) : [value])];
  const from = startOf(pair) ?? 0;
  const to = (pair.value as { range?: readonly number[] } | null)?.range?.[1] ?? from;
  return `${before.slice(0, from)}${stringify({ include: items }, { lineWidth: 0 }).trimEnd()}\n${before.slice(to).replace(/^[ \t]*\n/, '')}`;
}
