import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { emailAddress, herokuId } from './values.ts';

const schema = lazily(() => z.strictObject({ appId: herokuId, email: emailAddress }));

export interface HerokuCollaboratorOptions extends TerraformMetaArguments {
  /** The app's ID, not its name. */
  readonly appId: string;
  /** Of a Heroku account. */
  readonly email: string;
}

/**
 * A heroku_collaborator of an app that belongs to a person. A team's app needs heroku_team_collaborator.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/collaborator
 */
export class HerokuCollaborator extends Resource {
  constructor(scope: Construct, id: string, options: HerokuCollaboratorOptions) {
    super(scope, id, 'heroku_collaborator', schema, options);
  }
}
