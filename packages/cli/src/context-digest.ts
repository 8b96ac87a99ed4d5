import { contextDigestOf, type DeployConfig, DeployError } from '@tozo/deploy';
import { contextDigestVariable, projectName } from './project.ts';

/**
 * In a pipeline the image is made from what an earlier job built. When that job handed on a digest, the files must be the
 * very same.
 * @throws DeployError ARTIFACT_CHANGED
 */
export async function checkContextDigest(folder: string, config: DeployConfig, env: NodeJS.ProcessEnv): Promise<void> {
  const variable = contextDigestVariable(await projectName(folder));
  const expected = env[variable];
  if (!expected) return;
  const actual = await contextDigestOf(folder, config);
  if (actual === expected) return;
  throw new DeployError(
    'ARTIFACT_CHANGED',
    `What ${folder} would be deployed from is not what the earlier job built: ${variable} is ${expected}, the files are ${actual}. Run the pipeline again from the build.`,
  );
}
