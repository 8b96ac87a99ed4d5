import { createRequire } from 'node:module';
import type * as cdktf from 'cdktf';
import type * as constructs from 'constructs';
import { InfrastructureError } from './errors.ts';

/*
 * The only import of cdktf. Works with HashiCorp's last release, cdktf 0.21, and with the maintained fork cdktn, installed under
 * the name cdktf. Users install it themselves, so it's loaded by name, to say what is missing.
 */
const load = createRequire(import.meta.url);
const install = 'Run npm install constructs@10.7 cdktf@npm:cdktn@0.24';
const [cdk, base] = loadCdktf();

function loadCdktf(): [typeof cdktf, typeof constructs] {
  const { version } = loadPeer('cdktf/package.json') as { version: string };
  if (/^0\.(1?\d|20)\./.test(version))
    throw peerError(`The installed package cdktf has version ${version}, but 0.21 or newer is required`);
  const loaded = loadPeer('constructs') as typeof constructs;
  return [loadPeer('cdktf') as typeof cdktf, loaded];
}

function loadPeer(name: string): unknown {
  try {
    return load(name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    throw peerError(`The package ${name.split('/')[0]}, on which the constructs are based, isn't installed`, cause);
  }
}

function peerError(message: string, cause?: unknown): InfrastructureError {
  return new InfrastructureError('PEER_INVALID', `${message}. ${install}.`, { cause });
}

export const { Construct } = base;
export const { App, HttpBackend, LocalBackend, TerraformOutput, TerraformProvider } = cdk;
export const { TerraformResource, TerraformStack, TerraformVariable } = cdk;
export type App = cdktf.App;
export type TerraformStack = cdktf.TerraformStack;
export type TerraformVariable = cdktf.TerraformVariable;
export type { HttpBackendConfig, TerraformMetaArguments, TerraformResourceLifecycle } from 'cdktf';
