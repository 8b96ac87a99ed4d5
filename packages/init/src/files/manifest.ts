import type { App } from '../project/app.ts';
import type { Project } from '../project/find-apps.ts';
import { joinPath, type Snapshot } from '../project/snapshot.ts';
import { addJsonMember } from './add-lines.ts';
import { buildCommandOf } from './build-command.ts';
import type { FileChange } from './file-change.ts';

/** Adds the script that deploys, and the app's own files, to package.json. Nx has targets instead of the script. */
export function planManifest(snapshot: Snapshot, app: App, project: Project): { script: string; change?: FileChange } {
  const path = joinPath(app.directory, 'package.json');
  const before = snapshot.texts.get(path);
  const scripts = app.manifest?.scripts ?? {};
  const script =
    ['deploy', 'deploy:heroku'].find((name) => !(name in scripts) || scripts[name]!.includes('tozo')) ?? 'deploy:tozo';
  if (before === undefined || !app.usesImageDeps) return { script };
  let after = before;
  if (app.files !== undefined) after = addJsonMember(after, undefined, 'files', app.files);
  if (app.hasBuild && !('build' in scripts))
    after = addJsonMember(after, 'scripts', 'build', app.before!.builds.join(' && '));
  if (!project.nx && !(script in scripts)) {
    const { name } = app.manager;
    const tozo = name === 'yarn-berry' && app.directory !== app.manager.root ? 'yarn run -T tozo' : 'tozo';
    after = addJsonMember(
      after,
      'scripts',
      script,
      [...buildCommandOf(app, project), `${tozo} image-deps`, `${tozo} deploy`].join(' && '),
    );
  }
  return { script, change: { path, before, after } };
}
