import { RegistryPusherError, whyKeyInReach } from '@tozo/registry-pusher';
import { isBuilt } from '../plan/plan-deploy.ts';
import type { PreparedBuild } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import type { Services } from '../services.ts';
import { readPreviousImages } from '../state/previous-images.ts';
import { type Check, note, ok, problem } from './check.ts';

const maxSeconds = 60;

/** Returns whether only the registry shows how a deploy would build: what this machine doesn't execute has to be reused. */
export function needsReuse({ run }: PreparedBuild): boolean {
  return run !== undefined && run.executor === undefined;
}

/** Checks what a deploy does about RUN that this machine doesn't execute, by the deploy's own builder. Pushes nothing. */
export async function checkRun({ images }: Pick<Services, 'images'>, request: DeployRequest): Promise<Check> {
  const name = 'RUN';
  const signal = AbortSignal.timeout(maxSeconds * 1000);
  try {
    const builder = await images.createBuilder(request, signal);
    const { reusable } = await readPreviousImages(images.publisher, request.app, request.config, { signal });
    const options = { previous: Promise.resolve(reusable), signal, onLog: () => undefined };
    const built = (await builder.buildWithoutRunning?.(options)) ?? builder.outline;
    if (!isBuilt(built)) return ok(name, `is executed by the Docker Engine, which is running: ${built.reason}`);
    await built[Symbol.asyncDispose]();
    return ok(name, `isn't executed: ${built.reason}`);
  } catch (error) {
    if (signal.aborted) return note(name, `what a deploy would reuse wasn't found out within ${maxSeconds} seconds`);
    if (!(error instanceof RegistryPusherError)) throw error;
    const isKey = whyKeyInReach() !== undefined;
    const remedy = isKey ? 'env -u HEROKU_API_KEY tozo image' : 'sudo systemctl start docker';
    return error.code === 'RUN_REFUSED' || error.code === 'ENGINE_UNAVAILABLE'
      ? problem(name, error.message, remedy)
      : note(name, `what a deploy would reuse can't be read: ${error.message}`);
  }
}
