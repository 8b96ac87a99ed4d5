import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { herokuId, isReference, literalOrReference, secretReference } from './values.ts';

const url = literalOrReference(
  z
    .string()
    .regex(
      /^(?:https|syslog(?:\+tls)?):\/\/[^\s/$]+\S*$/,
      "isn't a URL that starts with https:, syslog+tls: or syslog:",
    ),
);

const schema = lazily(() =>
  z
    .strictObject({ appId: herokuId, url: url.optional(), sensitiveUrl: secretReference.optional() })
    .superRefine(({ url: plain, sensitiveUrl }, context) => {
      const issue = (message: string): void => context.addIssue({ code: 'custom', path: ['url'], message });
      if ((plain === undefined) === (sensitiveUrl === undefined)) issue('set either url or sensitiveUrl');
      if (plain !== undefined && !isReference(plain) && /:\/\/[^/]*@|[?&][^=]*(?:key|token)=/i.test(plain))
        issue('contains a password or a token: use sensitiveUrl with a reference to a variable');
    }),
);

export interface HerokuDrainOptions extends TerraformMetaArguments {
  /** The app's ID, not its name. */
  readonly appId: string;
  /** Where the app's logs go, `https://…` or `syslog+tls://…`. Another URL replaces the drain. */
  readonly url?: string;
  /** The same for a URL with a password or token, which plans don't show. Only a reference: the file would contain a literal. */
  readonly sensitiveUrl?: string;
}

/** A heroku_drain. @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/drain */
export class HerokuDrain extends Resource {
  constructor(scope: Construct, id: string, options: HerokuDrainOptions) {
    super(scope, id, 'heroku_drain', schema, options);
  }

  /** Returns a reference to the token by which the receiver knows the drain. */
  get token(): string {
    return this.getStringAttribute('token');
  }
}
