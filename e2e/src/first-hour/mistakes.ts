import { inDeployJson } from './in-deploy-json.ts';
import { inTheDockerfile } from './in-the-dockerfile.ts';
import { onHeroku } from './on-heroku.ts';
import { onThisMachine } from './on-this-machine.ts';
import { settingUp } from './setting-up.ts';
import type { Mistake } from './mistake.ts';

/** By where people are when they make them. */
export const mistakes: Readonly<Record<string, readonly Mistake[]>> = {
  'Setting up': settingUp,
  'In deploy.json': inDeployJson,
  'In the Dockerfile': inTheDockerfile,
  'On this machine': onThisMachine,
  'On Heroku': onHeroku,
};
