import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { herokuAppName, herokuRegions, literalOrReference, teamName, value } from './values.ts';

const schema = lazily(() =>
  z
    .strictObject({
      name: literalOrReference(herokuAppName),
      region: z.enum(herokuRegions),
      team: literalOrReference(teamName).optional(),
      space: value.optional(),
      internalRouting: z.boolean().optional(),
      acm: z.boolean().optional(),
    })
    .transform(({ team, ...options }) => ({
      ...options,
      stack: 'container',
      organization: team === undefined ? undefined : [{ name: team }],
    })),
);

export interface HerokuAppOptions extends TerraformMetaArguments {
  /** Unique on Heroku: 3 to 30 lowercase letters, digits and dashes. */
  readonly name: string;
  /** Another region needs a new app. */
  readonly region: (typeof herokuRegions)[number];
  /** The Heroku team that owns the app. Default: you. */
  readonly team?: string | undefined;
  /** The Private Space that the app runs in. Another one needs a new app. */
  readonly space?: string | undefined;
  /** Whether the app is reachable only inside its Private Space. */
  readonly internalRouting?: boolean | undefined;
  /** Whether Heroku manages certificates for its domains. Needs paid dynos. */
  readonly acm?: boolean | undefined;
}

/**
 * A heroku_app on the stack `container`, which runs images. It sets no config vars: deploy.json, add-ons or people own those,
 * and Terraform doesn't touch config vars that it doesn't declare.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/app
 */
export class HerokuApp extends Resource {
  constructor(scope: Construct, id: string, options: HerokuAppOptions) {
    super(scope, id, 'heroku_app', schema, options);
  }

  /** Returns a reference, which Terraform resolves once the app exists. */
  get appName(): string {
    return this.getStringAttribute('name');
  }

  /** Returns the reference that other heroku_* resources require. */
  get appId(): string {
    return this.getStringAttribute('id');
  }

  get webUrl(): string {
    return this.getStringAttribute('web_url');
  }
}
