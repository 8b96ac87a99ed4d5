import type { ManagerName } from '../project/find-project.ts';
import type { Manager } from './manager.ts';
import { npm } from './npm.ts';
import { pnpm } from './pnpm.ts';
import { yarnBerry } from './yarn-berry.ts';
import { yarnClassic } from './yarn-classic.ts';

export const managers: Readonly<Record<ManagerName, Manager>> = {
  npm,
  pnpm,
  'yarn-classic': yarnClassic,
  'yarn-berry': yarnBerry,
};
