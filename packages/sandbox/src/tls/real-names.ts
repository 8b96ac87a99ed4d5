import type { Service } from '../journal/journal.ts';

/** The real host names of each service. */
export const realNames: Readonly<Record<Service, readonly string[]>> = {
  heroku: ['api.heroku.com'],
  registry: ['registry.heroku.com'],
  // Docker Engine resolves `docker.io` before it pulls the image from `registry-1`; clients log in at `index` and `auth`.
  hub: ['registry-1.docker.io', 'docker.io', 'index.docker.io', 'auth.docker.io'],
  gitlab: ['gitlab.com'],
};
