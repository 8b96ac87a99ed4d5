import { DeployInfrastructure } from '../deploy-infrastructure.ts';
import type { InfrastructureOptions } from '../options.ts';
import { renderTerraform } from '../synthesize.ts';
import { App } from '../terraform.ts';

interface Terraform {
  readonly [key: string]: Terraform;
}

export const minimalOptions: InfrastructureOptions = { appName: 'shop-live', gitlab: { name: 'shop' } };

/** Returns an infrastructure called `shop`, as Terraform's JSON. */
export function terraformOf(options: InfrastructureOptions): Terraform {
  return JSON.parse(textOf(options)) as Terraform;
}

export function textOf(options: InfrastructureOptions): string {
  return renderTerraform(new DeployInfrastructure(new App(), 'shop', options));
}
