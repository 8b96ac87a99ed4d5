import { digestOf } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { type ImageReference, parseImageReference } from '../../image/reference.ts';

/** Where results of RUN are kept between builds, and who is believed. */
export interface CachePlace {
  /** Read in this order. */
  readonly from: readonly ImageReference[];
  readonly to?: ImageReference | undefined;
  /** The app. An entry of one isn't valid for another. */
  readonly scope: string;
  /** Signs what is written, and verifies what is read. */
  readonly secret?: string | undefined;
  /** Whether entries without a valid signature are refused: on a protected branch, and wherever there is a secret. */
  readonly needsSignature: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that signs the cache of protected branches. */
export const cacheKeyVariable = 'TOZO_CACHE_KEY';

const minSecretLength = 16;

/**
 * Returns the place in a GitLab job's own registry, with one tag for each app and branch, or undefined outside of GitLab or
 * without a registry. A branch reads its own entries, then the default branch's: those can only be better guarded.
 * @throws RegistryPusherError OPTIONS_INVALID
 */
export function gitlabCachePlace(env: Environment, scope: string): CachePlace | undefined {
  const { GITLAB_CI, CI_REGISTRY_IMAGE, CI_REGISTRY_PASSWORD } = env;
  if (!GITLAB_CI || !CI_REGISTRY_IMAGE || !CI_REGISTRY_PASSWORD) return undefined;
  const repository = `${CI_REGISTRY_IMAGE}/cache`;
  const branches = [...new Set([branchOf(env), env['CI_DEFAULT_BRANCH']].filter((each) => each !== undefined))];
  return placeAt(
    branches.map((branch) => parseImageReference(`${repository}:${tagOf(scope, branch)}`)),
    scope,
    env,
  );
}

/**
 * Returns the place that the command line names. A repository without a tag gets one for the app and the branch.
 * @throws RegistryPusherError REFERENCE_INVALID, OPTIONS_INVALID
 */
export function namedCachePlace(
  { from, to }: { readonly from: readonly string[]; readonly to: string | undefined },
  env: Environment,
  scope: string,
): CachePlace {
  const withTag = (text: string): ImageReference => {
    const reference = parseImageReference(text);
    return reference.tag === undefined ? { ...reference, tag: tagOf(scope, branchOf(env) ?? '') } : reference;
  };
  const written = to === undefined ? undefined : withTag(to);
  const read = from.map(withTag);
  const place = placeAt(read.length > 0 || written === undefined ? read : [written], scope, env);
  return { ...place, to: written };
}

function placeAt(from: readonly ImageReference[], scope: string, env: Environment): CachePlace {
  const secret = env[cacheKeyVariable] || undefined;
  if (secret !== undefined && secret.length < minSecretLength)
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      `${cacheKeyVariable} is shorter than ${minSecretLength} characters: use a random value, such as openssl rand -hex 32 prints.`,
    );
  // Whoever can sign also verifies: otherwise it would sign what others planted.
  const needsSignature = env['CI_COMMIT_REF_PROTECTED'] === 'true' || secret !== undefined;
  return { from, to: from[0], scope, secret, needsSignature };
}

/** A merge request's branch can be another project's, and have the name of one here. */
function branchOf(env: Environment): string | undefined {
  const { CI_MERGE_REQUEST_IID: mergeRequest, CI_COMMIT_REF_NAME: branch } = env;
  return mergeRequest ? `refs/merge-requests/${mergeRequest}` : branch || undefined;
}

/** Different branches have different tags, although tags have fewer characters: `feature/a` and `feature-a`. */
function tagOf(scope: string, branch: string): string {
  const name = `${scope}-${branch}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${name.replace(/^-/, '').slice(0, 80)}-${digestOf(JSON.stringify([scope, branch])).slice(7, 19)}`;
}
