import type { App } from '../project/app.ts';
import type { AppFacts } from '../takeover/taken.ts';
import { toJson } from './file-change.ts';

/** Returns the text of an app's deploy.json. */
export function renderDeployJson(
  { directory, manager, sources, usesImageDeps, hasDockerfile, command, release }: App,
  facts: AppFacts | undefined,
): string {
  const {
    app,
    environments = {},
    processes = {},
    buildArgs = {},
    configVars = {},
    dockerfile,
    context,
    healthPath,
  } = facts ?? {};
  const up = directory
    .split('/')
    .filter((name) => name !== '')
    .slice(manager.root.split('/').filter((name) => name !== '').length);
  const health = {
    path: healthPath ?? sources.healthPath,
    ...(sources.versionHeader === undefined ? {} : { versionHeader: sources.versionHeader }),
  };
  const { web, ...types } = processes;
  // Without a command of its own, it would start what web starts, and never end.
  const others = Object.fromEntries(
    Object.entries(types).filter(([type, { command: own }]) => type !== 'release' || own !== undefined),
  );
  // The image's own command is the web process's.
  const isOwn = !hasDockerfile && JSON.stringify(web?.command) === JSON.stringify(command);
  // A dyno count alone, as in app.json, doesn't say that there's no web.
  const hasWeb =
    web !== undefined ||
    Object.entries(others).every(
      ([type, { command: own, dynos }]) => type === 'release' || (own === undefined && dynos !== undefined),
    );
  const named = Object.entries(environments);
  return toJson({
    $schema: `${up.length === 0 ? './' : '../'.repeat(up.length)}node_modules/@tozo/cli/deploy.schema.json`,
    ...(app === undefined || named.length > 0 ? {} : { app }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(context === undefined || usesImageDeps ? {} : { context }),
    ...(Object.keys(buildArgs).length === 0 ? {} : { buildArgs }),
    processes: {
      ...(hasWeb
        ? {
            web: {
              ...(web?.command === undefined || isOwn ? {} : { command: web.command }),
              ...(web?.dynos === undefined ? {} : { dynos: web.dynos }),
              health,
            },
          }
        : {}),
      // A command that was taken over does by itself what the script does before the server.
      ...(release === undefined || web?.command !== undefined ? {} : { release: { command: release } }),
      ...others,
    },
    ...(Object.keys(configVars).length === 0 ? {} : { configVars }),
    ...(named.length === 0 ? {} : { environments: Object.fromEntries(named.map(renderEnvironment)) }),
  });
}

/** An image may be promoted for a week after it was verified. */
function renderEnvironment([name, { app, after }]: [string, AppFacts['environments'][string]]): [string, object] {
  return [name, { app, ...(after === undefined ? {} : { after: { environment: after, within: '7d' } }) }];
}
