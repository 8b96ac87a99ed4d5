import type { Construct } from 'constructs';
import * as z from 'zod';
import { InfrastructureError } from '../errors.ts';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { herokuId, secretReference } from './values.ts';

const key = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "isn't a config var: use letters, digits and _");

const schema = lazily(() =>
  z
    .strictObject({
      appId: herokuId,
      vars: z.record(key, z.string()).optional(),
      sensitiveVars: z.record(key, secretReference).optional(),
    })
    .superRefine(({ vars: plain = {}, sensitiveVars = {} }, context) => {
      for (const name of Object.keys(plain).filter((key) => key in sensitiveVars))
        context.addIssue({
          code: 'custom',
          path: ['vars', name],
          message: 'is in sensitiveVars, too: declare it once',
        });
    }),
);

export interface HerokuAppConfigAssociationOptions extends TerraformMetaArguments {
  /** The app's ID, not its name. */
  readonly appId: string;
  /** Config vars that plans show, by name. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Config vars that plans don't show. The state contains them in plain text. Only references: the file would contain a literal. */
  readonly sensitiveVars?: Readonly<Record<string, string>>;
  /**
   * The config vars that deploy.json declares. One in both would be set back and forth, with a restart each time.
   * Default: none; `readConfigVarNames` reads them.
   */
  readonly ownedByDeploy?: readonly string[];
}

/**
 * A heroku_app_config_association: config vars that Terraform owns. Each change is a release and a restart.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/app_config_association
 */
export class HerokuAppConfigAssociation extends Resource {
  constructor(scope: Construct, id: string, { ownedByDeploy = [], ...options }: HerokuAppConfigAssociationOptions) {
    const own = Object.keys({ ...options.vars, ...options.sensitiveVars });
    const both = own.filter((name) => ownedByDeploy.includes(name));
    if (both.length > 0)
      throw new InfrastructureError(
        'OPTIONS_INVALID',
        `heroku_app_config_association "${id}" declares ${both.join(', ')}, and so does deploy.json: remove ${both.length === 1 ? 'it' : 'them'} from one of the two.`,
      );
    super(scope, id, 'heroku_app_config_association', schema, options);
  }
}
