import { SandboxError } from '../errors/sandbox-error.ts';
import type { Service } from '../journal/journal.ts';
import { realNames } from '../tls/real-names.ts';

export const allServices: readonly Service[] = ['heroku', 'registry', 'hub', 'gitlab'];

/** @throws SandboxError OPTION_INVALID */
export function assertServices(services: readonly string[] = allServices): void {
  const unknown = services.filter((name) => !allServices.some((service) => service === name));
  if (services.length > 0 && unknown.length === 0) return;
  throw new SandboxError(
    'OPTION_INVALID',
    `services: OPTION_INVALID: ${unknown.length > 0 ? `unknown service ${unknown[0]}` : 'the list is empty'}. Use some of ${allServices.join(', ')}.`,
  );
}

/** Returns the host names of services, by default all. */
export function realNamesOf(services: readonly Service[] = allServices): string[] {
  return services.flatMap((service) => realNames[service]);
}
