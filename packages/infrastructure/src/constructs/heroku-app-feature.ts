import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { herokuId, value } from './values.ts';

const schema = lazily(() => z.strictObject({ appId: herokuId, name: value, enabled: z.boolean().optional() }));

export interface HerokuAppFeatureOptions extends TerraformMetaArguments {
  /** The app's ID, not its name. */
  readonly appId: string;
  /** Such as `preboot` or `runtime-dyno-metadata`: `heroku features` lists them. */
  readonly name: string;
  /** Default: true. */
  readonly enabled?: boolean;
}

/** A heroku_app_feature. @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/app_feature */
export class HerokuAppFeature extends Resource {
  constructor(scope: Construct, id: string, options: HerokuAppFeatureOptions) {
    super(scope, id, 'heroku_app_feature', schema, options);
  }
}
