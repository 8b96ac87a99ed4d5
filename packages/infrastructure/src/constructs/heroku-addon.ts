import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { herokuId } from './values.ts';

const schema = lazily(() =>
  z.strictObject({
    appId: herokuId,
    plan: z
      .string()
      .regex(/^[a-z0-9-]+:[a-z0-9-]+$/, "isn't a plan: use SERVICE:PLAN, such as heroku-postgresql:essential-0"),
    name: z
      .string()
      .regex(
        /^[a-zA-Z][A-Za-z0-9_-]{0,255}$/,
        "isn't an add-on's name: start with a letter, then letters, digits, - and _",
      )
      .optional(),
    config: z.record(z.string(), z.string()).optional(),
  }),
);

export interface HerokuAddonOptions extends TerraformMetaArguments {
  /** The app's ID, not its name. */
  readonly appId: string;
  /** `SERVICE:PLAN`, such as `heroku-postgresql:essential-0`. Without a plan, Heroku's answer differs from what is declared. */
  readonly plan: string;
  /** Unique on Heroku. Default: Heroku chooses one. */
  readonly name?: string;
  /** Options of the service, by name. Another value replaces the add-on, with its data. */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * A heroku_addon. It costs money, and destroying it destroys its data: consider `lifecycle: { preventDestroy: true }`.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/addon
 */
export class HerokuAddon extends Resource {
  constructor(scope: Construct, id: string, options: HerokuAddonOptions) {
    super(scope, id, 'heroku_addon', schema, options);
  }

  /** Returns a reference to the name that Heroku gave it. */
  get addonName(): string {
    return this.getStringAttribute('name');
  }
}
