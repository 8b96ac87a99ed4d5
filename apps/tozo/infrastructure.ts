import { App, DeployInfrastructure, synthesize } from '@tozo/infrastructure';

/** The app's name is one for all of Heroku: choose your own. The group's number, if there is one, is `namespaceId`. */
const tozo = new DeployInfrastructure(new App(), 'tozo', {
  appName: 'tozo',
  region: 'eu',
  // The job that deploys sees the key, no other: its environment is named so in .gitlab-ci.yml.
  environmentScope: 'production',
  gitlab: { name: 'tozo', description: 'A small to-do list, deployed to Heroku from here' },
});

const file = await synthesize(tozo, new URL('out/infrastructure/cdk.tf.json', import.meta.url));
process.stdout.write(`${file}\n`);
