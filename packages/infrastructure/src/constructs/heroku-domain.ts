import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { herokuId, literalOrReference } from './values.ts';

const hostname = z
  .string()
  .max(253, 'has more than 253 characters')
  .regex(
    /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    "isn't a domain name in lower case, such as www.example.com",
  )
  .regex(/^(?!.*\.herokuapp\.com$)/, 'is of Heroku: apps have theirs without a declaration');

const schema = lazily(() =>
  z.strictObject({
    appId: herokuId,
    hostname: literalOrReference(hostname),
    sniEndpointId: herokuId.optional(),
  }),
);

export interface HerokuDomainOptions extends TerraformMetaArguments {
  /** The app's ID, not its name. */
  readonly appId: string;
  /** Such as `www.example.com` or `*.example.com`. */
  readonly hostname: string;
  /** The ID of the certificate's SNI endpoint. Without it, the app needs `acm`. */
  readonly sniEndpointId?: string;
}

/** A heroku_domain. @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/domain */
export class HerokuDomain extends Resource {
  constructor(scope: Construct, id: string, options: HerokuDomainOptions) {
    super(scope, id, 'heroku_domain', schema, options);
  }

  /** Returns a reference to the name that the domain's CNAME record points to. */
  get cname(): string {
    return this.getStringAttribute('cname');
  }
}
