import { versionHeaderLine } from './project/framework.ts';
import type { App } from './project/app.ts';
import type { Project } from './project/find-apps.ts';
import { joinPath, type Snapshot } from './project/snapshot.ts';

/** Returns what to change in an app so that it works on Heroku, and what can't be told from its files. */
export function appNotes(
  snapshot: Snapshot,
  { directory, framework, sources, hasDockerfile, manager, name, usesImageDeps }: App,
): string[] {
  const at = (file: string): string => joinPath(directory, file);
  const dockerfile = snapshot.texts.get(at('Dockerfile')) ?? '';
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
          `${at('Dockerfile')} has RUN, which needs a Docker Engine wherever it's built. tozo image-deps writes dependencies without.`,
        ]
      : []),
    ...(framework === 'next' && !hasDockerfile && !dockerfile.includes('standalone') && sources.listener === undefined
      ? nextNotes(snapshot, directory)
      : []),
  ];
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

/** Returns the line that sends the version, for apps that don't yet. */
export function proposeVersionHeader({ directory, framework, sources, manifest }: App): string | undefined {
  if (sources.versionHeader !== undefined || manifest === undefined) return undefined;
  const proposal = versionHeaderLine(framework);
  if (proposal === undefined || sources.listener === undefined) return undefined;
  return `To prove that the new version responds, add to ${joinPath(directory, sources.listener)}, ${proposal.where}:\n    ${proposal.line}\n  and "versionHeader": "x-source-digest" to health in ${joinPath(directory, 'deploy.json')}.`;
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
  return `${from}${manager.name === 'npm' ? 'npx' : manager.exec} tozo deploy --sandbox`;
}
