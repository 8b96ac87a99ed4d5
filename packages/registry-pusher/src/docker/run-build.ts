import { followBuild } from './build-output.ts';
import type { ContextArchive } from './context-archive.ts';
import type { Builder, Engine, EngineBuild } from './engine.ts';

/**
 * Builds with BuildKit, or with the classic builder where that cannot begin: engines without it refuse the request, and some
 * that keep images in containerd do not find the context that they were sent.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED
 */
export async function runBuild(
  engine: Engine,
  { open }: ContextArchive,
  wanted: EngineBuild,
  onLog: ((line: string) => void) | undefined,
): Promise<void> {
  const begin = (builder: Builder) => engine.build(open(), builder, wanted);
  const byBuildKit = await begin('BuildKit').catch((error: unknown) => {
    if ((error as { statusCode?: number }).statusCode === undefined) throw error;
    return undefined;
  });
  const outcome = byBuildKit === undefined ? 'refused' : await followBuild(byBuildKit, onLog);
  if (outcome === 'built') return;
  onLog?.(`This engine's BuildKit cannot be used here (${outcome}); its classic builder builds instead.`);
  await followBuild(await begin('classic builder'), onLog);
}
