import type { Construct } from 'constructs';
import type * as z from 'zod';
import { type TerraformMetaArguments, TerraformResource } from '../terraform.ts';
import { parseWith } from './describe-issues.ts';

const metaArguments = ['dependsOn', 'count', 'provider', 'lifecycle', 'provisioners', 'forEach', 'connection'];

/**
 * A resource of one of the two providers. Its options are checked when it's constructed, and are the provider's arguments in
 * camel case.
 * @throws InfrastructureError OPTIONS_INVALID, with all problems at once
 */
export abstract class Resource extends TerraformResource {
  readonly #attributes: Readonly<Record<string, unknown>>;

  protected constructor(
    scope: Construct,
    id: string,
    terraformResourceType: string,
    schema: () => z.ZodType,
    options: TerraformMetaArguments,
  ) {
    const entries = Object.entries(options);
    const isMeta = ([name]: [string, unknown]): boolean => metaArguments.includes(name);
    const own = Object.fromEntries(entries.filter((entry) => !isMeta(entry)));
    const parsed = parseWith(schema, own, `${terraformResourceType} "${id}" is invalid`);
    super(scope, id, {
      ...Object.fromEntries(entries.filter(isMeta)),
      terraformResourceType,
      terraformGeneratorMetadata: { providerName: terraformResourceType.split('_')[0]! },
    });
    this.#attributes = argumentsOf(parsed as Record<string, unknown>);
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.#attributes;
  }
}

/** Names become snake case, also in lists of objects, but not the keys of a map: those are data. */
function argumentsOf(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      Array.isArray(value) ? value.map((item: unknown) => (isObject(item) ? argumentsOf(item) : item)) : value,
    ]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
