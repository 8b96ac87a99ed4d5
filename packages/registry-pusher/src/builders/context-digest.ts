import { emptyTree } from '../base/file-tree.ts';
import { ImageTree } from '../base/image-tree.ts';
import { BuildContext } from '../context/build-context.ts';
import { resolveBase } from '../dockerfile/arguments.ts';
import { evaluate } from '../dockerfile/evaluate.ts';
import type { Digest } from '../image/digest.ts';
import { digestOf } from '../image/digest.ts';
import { hashFiles } from '../layer/hash-files.ts';
import { LayerPlan } from '../layer/plan-layer.ts';
import { sourceDigest } from '../layer/source-digest.ts';
import type { BuildRequest } from './builder.ts';
import { requireDirect } from './choose.ts';
import { readDockerfile } from './read-dockerfile.ts';

/**
 * The digest of a Dockerfile and of everything it copies from the build context, known without any network: what one CI job
 * built and another is handed can be told to be the same. Names for --chown count as names.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*
 */
export async function contextDigest(request: BuildRequest, options: { signal?: AbortSignal } = {}): Promise<Digest> {
  const { text, dockerfile } = await readDockerfile(request.dockerfile);
  requireDirect(dockerfile);
  const context = await BuildContext.open(request.context, request.dockerfile);
  const base = resolveBase(dockerfile, request.buildArgs ?? {});
  const { traces } = evaluate(dockerfile, base, {}, request.buildArgs ?? {});
  const tree = new ImageTree({ ...emptyTree, owner: async () => ({ uid: 0, gid: 0 }) });
  const sources: Digest[] = [];
  for (const { step } of traces) {
    if (step?.kind !== 'copy') continue;
    const plan = new LayerPlan(tree, context);
    await plan.copy(step);
    const planned = plan.entries;
    const hashed = await hashFiles(
      planned.filter((entry) => entry.type === 'file'),
      { secrets: request.secrets ?? [], ...options },
    );
    let next = 0;
    const entries = planned.map((entry) => (entry.type === 'file' ? hashed[next++]!.entry : entry));
    sources.push(sourceDigest(entries, 0, { paths: {}, owners: {} }));
  }
  return digestOf(JSON.stringify([text, sources]));
}
