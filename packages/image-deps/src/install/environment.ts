/** Settings that `npm run` and `npx` pass on, and that would lead an install elsewhere. */
const foreignSettings = new Set(
  ['local_prefix', 'prefix', 'global', 'workspace', 'workspaces', 'include_workspace_root', 'omit', 'dry_run'].map(
    (name) => `npm_config_${name}`,
  ),
);

/**
 * Returns the environment of a package manager: without Heroku's key, because settings in the repository may run code, and
 * without what a surrounding `npm run` or Node set for itself.
 */
export function installEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name, value]) =>
      !name.startsWith('HEROKU_') &&
      !/^npm_(?:lifecycle|package|command|execpath)/.test(name) &&
      !foreignSettings.has(name.toLowerCase()) &&
      !(
        name === 'NODE_OPTIONS' &&
        /--(?:import|require|loader|experimental-loader|conditions)\b|-[rC]\b/.test(value ?? '')
      ),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1', FORCE_COLOR: '0', COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' };
}
