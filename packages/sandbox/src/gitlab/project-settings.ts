import { GitlabError, invalidError } from './errors.ts';
import { choiceIn, flagIn, integerIn, type Parameters, textIn, textsIn } from './parameters.ts';

type ReadSetting = (parameters: Parameters, name: string) => unknown;

const oneOf =
  (...choices: readonly string[]): ReadSetting =>
  (parameters, name) =>
    choiceIn(parameters, name, choices);
const access = oneOf('disabled', 'private', 'enabled');

/**
 * Settings that the API publishes and that the sandbox keeps. It has nothing that they could change.
 * @see https://docs.gitlab.com/api/projects/#create-a-project
 */
const keptSettings: Readonly<Record<string, ReadSetting>> = {
  allow_merge_on_skipped_pipeline: flagIn,
  auto_cancel_pending_pipelines: oneOf('disabled', 'enabled'),
  auto_devops_enabled: flagIn,
  autoclose_referenced_issues: flagIn,
  build_git_strategy: oneOf('fetch', 'clone'),
  build_timeout: integerIn,
  builds_access_level: access,
  ci_config_path: textIn,
  ci_default_git_depth: integerIn,
  ci_forward_deployment_enabled: flagIn,
  ci_forward_deployment_rollback_allowed: flagIn,
  container_registry_access_level: access,
  default_branch: textIn,
  description: textIn,
  environments_access_level: access,
  initialize_with_readme: flagIn,
  issues_access_level: access,
  keep_latest_artifact: flagIn,
  lfs_enabled: flagIn,
  merge_method: oneOf('merge', 'rebase_merge', 'ff'),
  merge_requests_access_level: access,
  name: readName,
  only_allow_merge_if_all_discussions_are_resolved: flagIn,
  only_allow_merge_if_pipeline_succeeds: flagIn,
  package_registry_access_level: oneOf('disabled', 'private', 'enabled', 'public'),
  public_jobs: flagIn,
  remove_source_branch_after_merge: flagIn,
  repository_access_level: access,
  request_access_enabled: flagIn,
  resource_group_default_process_mode: oneOf('unordered', 'oldest_first', 'newest_first', 'newest_ready_first'),
  shared_runners_enabled: flagIn,
  snippets_access_level: access,
  squash_option: oneOf('never', 'always', 'default_on', 'default_off'),
  topics: textsIn,
  visibility: oneOf('private', 'internal', 'public'),
  wiki_access_level: access,
};

/** Returns a project's settings among parameters. Throws 400 for an invalid value, and 501 for a setting that the sandbox doesn't keep. */
export function projectSettingsIn(parameters: Parameters): Record<string, unknown> {
  const { namespace_id: _, path: __, id: ___, ...settings } = parameters;
  const dropped = Object.keys(settings).filter((name) => !Object.hasOwn(keptSettings, name));
  if (dropped.length > 0) {
    const names = dropped.join(', ');
    throw new GitlabError(501, { message: `The sandbox doesn't keep these settings of a project: ${names}.` });
  }
  const read = Object.entries(keptSettings).flatMap(([name, readSetting]) => {
    const value = readSetting(settings, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(read);
}

function readName(parameters: Parameters, name: string): string | undefined {
  const value = textIn(parameters, name);
  if (value === undefined || /^[\p{L}\p{N}\p{Emoji}_][^\n\0]{0,254}$/u.test(value)) return value;
  throw invalidError({
    name: [
      "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a letter, digit, emoji, or '_'.",
    ],
  });
}
