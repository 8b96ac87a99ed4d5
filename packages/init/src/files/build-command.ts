import type { App } from '../project/app.ts';
import type { Project } from '../project/find-apps.ts';

/** Returns the command, in an app's directory, that builds the app and the packages of the workspace that it needs. */
export function buildCommandOf(app: App, { members, turbo, rootManifest }: Project): string[] {
  const { manager, manifest, directory } = app;
  const name = manifest?.name;
  const needed = Object.keys(manifest?.dependencies ?? {}).some((dependency) => members.includes(dependency));
  const root = '../'
    .repeat(
      directory.split('/').filter((part) => part !== '').length -
        manager.root.split('/').filter((part) => part !== '').length,
    )
    .replace(/\/$/, '');
  if (turbo && name !== undefined) return [`turbo run build --filter=${name}`];
  if (needed && name !== undefined && root !== '') {
    if (manager.name === 'pnpm') return [`pnpm --filter ${name}... run build`];
    if (manager.name === 'yarn-berry')
      return [`yarn workspaces foreach --recursive --topological --from ${name} run build`];
    const all = rootManifest !== undefined && 'build' in rootManifest.scripts;
    if (manager.name === 'npm') return [`npm run build ${all ? '' : '--workspaces --if-present '}--prefix ${root}`];
    return [all ? `yarn --cwd ${root} run build` : `yarn --cwd ${root} workspaces run build`];
  }
  return app.hasBuild ? [`${manager.run} build`] : [];
}

/** Returns the commands, at the root, that build all packages. */
export function buildAllCommands(project: Project): string[] {
  const { apps, members, rootManifest, turbo } = project;
  const { manager } = apps[0]!;
  if (turbo) return [`${manager.exec} turbo run build`];
  const isBuilt = 'build' in (rootManifest?.scripts ?? {}) || apps.some((app) => app.directory === '' && app.hasBuild);
  if (isBuilt) return [`${manager.run} build`];
  if (members.length === 0 || !apps.some(({ hasBuild }) => hasBuild)) return [];
  switch (manager.name) {
    case 'npm':
      return ['npm run build --workspaces --if-present'];
    case 'pnpm':
      return ['pnpm --recursive run build'];
    case 'yarn-classic':
      return ['yarn workspaces run build'];
    case 'yarn-berry':
      return ['yarn workspaces foreach --all --topological run build'];
  }
}
