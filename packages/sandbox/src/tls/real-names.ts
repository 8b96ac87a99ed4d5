import type { Service } from '../journal.ts';

/** The host names under which the world knows each service. */
export const realNames: Readonly<Record<Service, readonly string[]>> = {
  heroku: ['api.heroku.com'],
  registry: ['registry.heroku.com'],
  hub: ['registry-1.docker.io', 'index.docker.io'],
  gitlab: ['gitlab.com'],
};
