import { spawnSync } from 'node:child_process';

/** Why the tests with the real terraform can't run here. Undefined if they can. */
export const terraformBlocker =
  spawnSync('terraform', ['version']).status === 0
    ? undefined
    : 'no terraform in PATH (see developer.hashicorp.com/terraform/install)';
