import { type HerokuClient, HerokuError } from '@tozo/heroku-client';

/** Returns whether Preboot is on, or may be on, and why that's unknown. */
export async function readPreboot(
  heroku: HerokuClient,
  app: string,
  options: { signal?: AbortSignal },
): Promise<{ readonly preboot: boolean; readonly unknowns: readonly string[] }> {
  try {
    return { preboot: (await heroku.features.get(app, 'preboot', options)).enabled, unknowns: [] };
  } catch (error) {
    if (!(error instanceof HerokuError) || error.code === 'ABORTED') throw error;
    if (error.code === 'NOT_FOUND') return { preboot: false, unknowns: [] };
    const why = `Whether Preboot is on couldn't be read, so the old version may respond for minutes after the release: ${error.message}`;
    return { preboot: true, unknowns: [why] };
  }
}
