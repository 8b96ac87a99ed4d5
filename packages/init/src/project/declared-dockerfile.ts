import { isObject } from './manifest.ts';
import { joinPath, type Snapshot } from './snapshot.ts';

/** Returns the Dockerfile that an app's deploy.json names, relative to the app's directory; `Dockerfile` without. */
export function declaredDockerfile({ texts }: Snapshot, directory: string): string {
  try {
    const declared: unknown = JSON.parse(texts.get(joinPath(directory, 'deploy.json'))?.replace(/^\uFEFF/, '') ?? '');
    const dockerfile = isObject(declared) ? declared['dockerfile'] : undefined;
    return typeof dockerfile === 'string' ? dockerfile : 'Dockerfile';
  } catch {
    // tozo deploy says what is wrong with it.
    return 'Dockerfile';
  }
}
