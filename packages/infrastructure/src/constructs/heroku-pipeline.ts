import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { herokuId } from './values.ts';

const pipelineSchema = lazily(() =>
  z
    .strictObject({
      name: z
        .string()
        .regex(/^[a-z][a-z0-9-]{2,29}$/, "isn't a pipeline's name: use 3 to 30 lowercase letters, digits and dashes"),
      owner: z.strictObject({ id: herokuId, type: z.enum(['user', 'team']) }).optional(),
    })
    .transform(({ name, owner }) => ({ name, owner: owner && [owner] })),
);

export interface HerokuPipelineOptions extends TerraformMetaArguments {
  /** 3 to 30 lowercase letters, digits and dashes. */
  readonly name: string;
  /** Default: you. Another owner replaces the pipeline. */
  readonly owner?: { readonly id: string; readonly type: 'user' | 'team' };
}

/**
 * A heroku_pipeline, which groups apps. Heroku's promotion refuses container apps: `tozo promote` releases the same images.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/pipeline
 */
export class HerokuPipeline extends Resource {
  constructor(scope: Construct, id: string, options: HerokuPipelineOptions) {
    super(scope, id, 'heroku_pipeline', pipelineSchema, options);
  }

  get pipelineId(): string {
    return this.getStringAttribute('id');
  }
}

const couplingSchema = lazily(() =>
  z.strictObject({
    appId: herokuId,
    pipeline: herokuId,
    stage: z.enum(['review', 'development', 'staging', 'production']),
  }),
);

export interface HerokuPipelineCouplingOptions extends TerraformMetaArguments {
  /** The app's ID, not its name. An app is in one pipeline at most. */
  readonly appId: string;
  /** The pipeline's ID. */
  readonly pipeline: string;
  readonly stage: 'review' | 'development' | 'staging' | 'production';
}

/** A heroku_pipeline_coupling. @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/pipeline_coupling */
export class HerokuPipelineCoupling extends Resource {
  constructor(scope: Construct, id: string, options: HerokuPipelineCouplingOptions) {
    super(scope, id, 'heroku_pipeline_coupling', couplingSchema, options);
  }
}
