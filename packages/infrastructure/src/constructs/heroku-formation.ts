import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { herokuId, value } from './values.ts';

const schema = lazily(() =>
  z.strictObject({
    appId: herokuId,
    type: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, "isn't a process type: use lowercase letters, digits, - and _"),
    quantity: z
      .number()
      .int('must be a whole number of dynos')
      .min(0, 'must be 0 or more')
      .max(100, 'must be 100 or less'),
    size: value,
  }),
);

export interface HerokuFormationOptions extends TerraformMetaArguments {
  /** The app's ID, not its name. */
  readonly appId: string;
  /** Such as `web`. */
  readonly type: string;
  /** The number of dynos, 0 to 100. */
  readonly quantity: number;
  /** The dyno size, such as `basic` or `standard-1x`, in any case. */
  readonly size: string;
}

/**
 * A heroku_formation: the dynos of a process type. It fails before the app's first release, and what deploy.json declares for the
 * type (`quantity`, `size`) is deploy's: declare each in one place.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/formation
 */
export class HerokuFormation extends Resource {
  constructor(scope: Construct, id: string, options: HerokuFormationOptions) {
    super(scope, id, 'heroku_formation', schema, options);
  }
}
