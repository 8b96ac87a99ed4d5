import { type Check, type DeployConfig, note, ok, problem, skipped } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { infrastructureSecrets } from './infrastructure-secrets.ts';
import { appOf } from './place.ts';

const name = 'infrastructure';

/**
 * Compares deploy.json, Terraform's file, its state, GitLab and Heroku, each finding under the name of the one that is off. Without
 * an infrastructure.mts there's nothing to check.
 */
export async function* checkInfrastructure(
  config: DeployConfig | undefined,
  { cwd, env, redaction }: CommandContext,
): AsyncGenerator<Check> {
  const { inspectInfrastructure } = await import('@tozo/infrastructure/command');
  redaction.add(infrastructureSecrets(env));
  const required = config?.ciVariables?.required ?? [];
  const found = await inspectInfrastructure({
    directory: cwd,
    env,
    deploy: {
      app: config && appOf(config, env),
      configVars: Object.keys(config?.configVars ?? {}),
      ciVariables: config?.ciVariables && {
        owner: config.ciVariables.owner,
        keys: required.map((one) => (typeof one === 'string' ? one : one.key)),
      },
    },
  });
  if (found === undefined) return;
  const { disagreements, unknown, comparedCount } = found;
  for (const { side, text, remedy } of disagreements) {
    yield side === 'deploy.json'
      ? problem(name, `deploy.json ${text}`, '${EDITOR:-vi} deploy.json')
      : problem(name, `${side}: ${text}`, `tozo infrastructure ${remedy ?? 'plan'}`);
  }
  for (const { text, isUnset } of unknown) yield isUnset ? skipped(name, text) : note(name, `not compared: ${text}`);
  if (disagreements.length === 0 && comparedCount > 0)
    yield ok(name, `${comparedCount} resources exist as cdk.tf.json declares them`);
}
