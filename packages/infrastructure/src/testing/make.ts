import { DeployInfrastructure } from '../deploy-infrastructure.ts';
import type { InfrastructureOptions } from '../options.ts';
import { renderTerraform } from '../synthesize.ts';
import { App } from '../terraform.ts';

interface Terraform {
  readonly [key: string]: Terraform;
}

export const least: InfrastructureOptions = { appName: 'shop-live', gitlab: { name: 'shop' } };

/** The infrastructure called `shop`, as Terraform reads it. */
export function terraformOf(options: InfrastructureOptions): Terraform {
  return JSON.parse(textOf(options)) as Terraform;
}

export function textOf(options: InfrastructureOptions): string {
  return renderTerraform(new DeployInfrastructure(new App(), 'shop', options));
}
