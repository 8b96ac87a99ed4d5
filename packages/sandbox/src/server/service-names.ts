import type { Service } from '../journal/journal.ts';
import { realNames } from '../tls/real-names.ts';

export const allServices: readonly Service[] = ['heroku', 'registry', 'hub', 'gitlab'];

/** Returns the host names of services, by default all. */
export function realNamesOf(services: readonly Service[] = allServices): string[] {
  return services.flatMap((service) => realNames[service]);
}
