import type { Service } from '../journal/journal.ts';

/** The host names under which the world knows each service. */
export const realNames: Readonly<Record<Service, readonly string[]>> = {
  heroku: ['api.heroku.com'],
  registry: ['registry.heroku.com'],
  // The engine looks `docker.io` up before it pulls, and asks `registry-1` for the image.
  hub: ['registry-1.docker.io', 'docker.io'],
  gitlab: ['gitlab.com'],
};
