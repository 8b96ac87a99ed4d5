/** Removes an app and its dynos. heroku-client has no way to do so, on purpose. */
export async function removeApp(
  { url, key }: { readonly url: string; readonly key: string },
  app: string,
): Promise<void> {
  const headers = { accept: 'application/vnd.heroku+json; version=3', authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/apps/${app}`, { method: 'DELETE', headers });
  if (!response.ok && response.status !== 404) {
    throw new Error(`DELETE /apps/${app}: ${response.status} ${await response.text()}`);
  }
  await response.body?.cancel();
}
