import { connectServices, loadConfig, openRecords, selectEnvironment } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { chooseTarget } from '../target.ts';
import { openDestination } from './destination.ts';
import { findPlace } from './place.ts';

/**
 * Returns the commit of the newest deploy that was unhealthy and was rolled back, if its record can be read. What is wrong with
 * the configuration or the key is the deploy's to report.
 */
export async function readRolledBack(
  { environment, sandbox = false }: { readonly environment?: string | undefined; readonly sandbox?: boolean },
  { cwd, env, redaction }: CommandContext,
): Promise<string | undefined> {
  try {
    const target = chooseTarget(env, { sandbox, environment });
    const config = selectEnvironment(await loadConfig(cwd), environment, target.kind);
    const place = await findPlace(target, config, cwd, env);
    const { apiKey, addresses } = await openDestination(target, place);
    redaction.add([apiKey]);
    const services = connectServices(addresses);
    try {
      const registry = { publisher: services.images.publisher, types: Object.keys(config.processes) };
      const record = await openRecords({ app: place.app, target: target.kind, registry }).rolledBack();
      return record?.commit;
    } finally {
      await services.close();
    }
  } catch {
    return undefined;
  }
}
