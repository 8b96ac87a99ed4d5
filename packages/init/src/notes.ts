import type { FileChange } from './files/file-change.ts';
import { versionHeaderLine } from './project/framework.ts';
import type { App } from './project/app.ts';
import type { Project } from './project/find-apps.ts';
import { execByHand } from './project/manager.ts';
import { joinPath, type Snapshot } from './project/snapshot.ts';
import type { AppFacts } from './takeover/taken.ts';

/** Returns what to change in an app so that it works on Heroku, and what can't be told from its files. */
export function appNotes(
  snapshot: Snapshot,
  { directory, framework, sources, hasDockerfile, manager, name, usesImageDeps }: App,
  dockerfilePath: string,
): string[] {
  const at = (file: string): string => joinPath(directory, file);
  const dockerfile = snapshot.texts.get(dockerfilePath) ?? '';
  const { listener, localListener, readsPort, knowsPath } = sources;
  return [
    ...(listener !== undefined && !readsPort && framework !== 'next'
      ? [`${at(listener)} doesn't read PORT, which Heroku sets: listen on process.env.PORT.`]
      : []),
    ...(localListener === undefined
      ? []
      : [`${at(localListener)} listens on localhost, which Heroku's router can't reach: listen on host 0.0.0.0.`]),
    ...(knowsPath || listener === undefined
      ? []
      : [
          `${at(listener)}: no route for / was found. Set health.path in ${at('deploy.json')} to a path that responds with 2xx.`,
        ]),
    ...(manager.lockFile === undefined && usesImageDeps
      ? [
          `${name} has no lock file, which tozo image-deps needs: run ${manager.name === 'npm' ? 'npm' : manager.name === 'pnpm' ? 'pnpm' : 'yarn'} install.`,
        ]
      : []),
    ...(hasDockerfile && /^\s*RUN\s/im.test(dockerfile)
      ? [
          `${dockerfilePath} has RUN. tozo executes it on Linux, in CI in a job without the API key (tozo image); elsewhere it needs a Docker Engine. tozo image-deps writes dependencies without.`,
        ]
      : []),
    ...(framework === 'next' && !hasDockerfile && !dockerfile.includes('standalone') && sources.listener === undefined
      ? nextNotes(snapshot, directory)
      : []),
  ];
}

/** Returns what became of what the start script does before the server, and what the image may lack. */
export function startNotes({ directory, before, manifest, manager, unknownOutput }: App): string[] {
  const path = joinPath(directory, 'package.json');
  const { migrations = [], builds = [], missing } = before ?? {};
  const commands = builds.join(' && ');
  return [
    ...(migrations.length === 0
      ? []
      : [
          `${path}: "start" migrates before the server starts (${migrations.join(' && ')}). processes.release in ${joinPath(directory, 'deploy.json')} does it now, once for each release: a rollback doesn't undo it.`,
        ]),
    ...(listensLocally(manifest)
      ? [`${path}: fastify start listens on localhost, which Heroku's router can't reach: add --address 0.0.0.0 to it.`]
      : []),
    ...(missing === undefined
      ? []
      : [`${path}: ${missing} is a devDependency, so the image can't migrate with it: move it to dependencies.`]),
    ...(builds.length === 0
      ? []
      : [
          'build' in (manifest?.scripts ?? {})
            ? `${path}: "start" runs ${commands} first, which the image doesn't: add it to the script "build".`
            : `${path}: "start" runs ${commands} first. The script "build" does it now, before the image is made: check that it writes all that the app needs.`,
        ]),
    ...(unknownOutput
      ? [
          `${path}: it isn't known where the build writes to: add the directory that ${manager.run} build writes to "files".`,
        ]
      : []),
  ];
}

/** Fastify's command listens on localhost unless it's told otherwise. */
function listensLocally(manifest: App['manifest']): boolean {
  const scripts = Object.entries(manifest?.scripts ?? {}).filter(([name]) => name.startsWith('start'));
  return scripts.some(
    ([, text]) => /\bfastify start\b/.test(text) && !/\s(?:--address|-a)\b|FASTIFY_ADDRESS/.test(text),
  );
}

function nextNotes(snapshot: Snapshot, directory: string): string[] {
  const config = [...snapshot.files].find((file) => file.startsWith(joinPath(directory, 'next.config.')));
  const text = config === undefined ? '' : (snapshot.texts.get(config) ?? '');
  const name = config ?? joinPath(directory, 'next.config.mjs');
  return [
    ...(/standalone/.test(text)
      ? []
      : [
          `${name}: output: 'standalone' would make the image several times smaller. Delete the Dockerfile then, and run tozo init again.`,
        ]),
    ...(/generateBuildId/.test(text)
      ? []
      : [
          `${name}: a random build ID changes the image with every build. Set generateBuildId: () => process.env.CI_COMMIT_SHA ?? 'build'.`,
        ]),
  ];
}

/** Returns the lines that send the version, for apps that don't yet, and those that an own Dockerfile lacks for it. */
export function proposeVersionHeader(
  { texts }: Snapshot,
  { directory, framework, sources, manifest, hasDockerfile }: App,
  dockerfilePath: string,
): string | undefined {
  const hasArgument = !hasDockerfile || /^\s*ARG\s+SOURCE_DIGEST\b/im.test(texts.get(dockerfilePath) ?? '');
  const argument = hasArgument
    ? []
    : [
        `To prove that the new version responds, add to ${dockerfilePath}, as its last lines:\n    ARG SOURCE_DIGEST\n    ENV SOURCE_DIGEST=$SOURCE_DIGEST`,
      ];
  const line = headerLine();
  if (sources.versionHeader !== undefined) return argument[0];
  if (line === undefined) return undefined;
  return [
    ...argument,
    `${argument.length > 0 ? 'Then add' : 'To prove that the new version responds, add'} ${line}`,
  ].join('\n  ');

  function headerLine(): string | undefined {
    const proposal = manifest === undefined ? undefined : versionHeaderLine(framework);
    if (proposal === undefined || sources.handler === undefined) return undefined;
    return `to ${joinPath(directory, sources.handler)}, ${proposal.where}:\n    ${proposal.line}\n  and "versionHeader": "x-source-digest" to health in ${joinPath(directory, 'deploy.json')}.`;
  }
}

/** Returns what to check in a deploy that was taken over. */
export function takenNotes({ directory, hasDockerfile }: App, facts: AppFacts | undefined): string[] {
  const path = joinPath(directory, 'deploy.json');
  const processes = Object.entries(facts?.processes ?? {});
  const program = facts?.processes['web']?.command?.[0];
  return [
    ...processes.flatMap(([type, { command }]) =>
      command?.some((word) => /\bPORT=\d/.test(word))
        ? [`${path}: the command of ${type} sets PORT, which Heroku sets: remove it there.`]
        : [],
    ),
    ...processes.flatMap(([type, { command }]) =>
      type === 'web' || command !== undefined
        ? []
        : type === 'release'
          ? [`${path} has no processes.release, because its command isn't known: add it with its command.`]
          : [
              `${path}: ${type} starts what the image's own command starts, as web does: set processes.${type}.command.`,
            ],
    ),
    ...(program === undefined || hasDockerfile || /^(?:node|npm|npx|yarn|pnpm|sh)$/.test(program)
      ? []
      : [
          `${joinPath(directory, 'Dockerfile')} is for Node.js, and may not contain ${program}: change it, or delete it and write your own.`,
        ]),
  ];
}

/** Returns what to fill in, in a file that's written. */
export function infrastructureNotes(change: FileChange | undefined): string[] {
  const unknown = ['GROUP', 'APP'].filter((name) => new RegExp(`'${name}(?:/|')`).test(change?.after ?? ''));
  return unknown.map((name) =>
    name === 'GROUP'
      ? `${change!.path}: replace GROUP by the group or user that owns the GitLab project.`
      : `${change!.path}: replace APP by the Heroku app's name.`,
  );
}

/** Returns the command that writes Terraform's file. It finds out what runs TypeScript here. */
export function infrastructureCommandOf({ directory, manager, name }: App, { nx }: Project): string {
  if (nx) return `npx nx run ${name}:synth`;
  return `${directory === '' ? '' : `cd ${directory} && `}${execByHand(manager)} tozo infrastructure synth`;
}

/** Returns the command that deploys an app to the sandbox. */
export function deployCommandOf(
  { directory, manager, usesImageDeps, name }: App,
  { nx }: Project,
  script: string,
): string {
  const from = directory === '' ? '' : `cd ${directory} && `;
  if (nx) return `npx nx run ${name}:deploy --sandbox`;
  if (usesImageDeps) return `${from}${manager.run} ${script} ${manager.name === 'npm' ? '-- ' : ''}--sandbox`;
  return `${from}${execByHand(manager)} tozo deploy --sandbox`;
}
