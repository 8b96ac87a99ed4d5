import { App, DeployInfrastructure, synthesize } from '@tozo/infrastructure';

/** App names are unique on Heroku: choose your own. `namespaceId` is the ID of the project's group, if it has one. */
const tozo = new DeployInfrastructure(new App(), 'tozo', {
  appName: 'tozo',
  region: 'eu',
  // Only the deploy job gets the key: its environment is production/tozo.
  environmentScope: 'production/*',
  gitlab: { name: 'tozo', description: 'A small to-do list, deployed to Heroku from here' },
});

const file = await synthesize(tozo, new URL('out/infrastructure/cdk.tf.json', import.meta.url));
process.stdout.write(`${file}\n`);
