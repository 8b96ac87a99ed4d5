import { answerBytes, type Exchange } from './exchange.ts';
import { Refusal } from './refusal.ts';
import type { Storage } from './storage.ts';

/** GET: the tag list, whole or in pages of `?n=` after `?last=`, with a Link to the next page (RFC 5988). */
export async function serveTags(exchange: Exchange, storage: Storage, repository: string): Promise<void> {
  const tags = await storage.tags(repository);
  if (!tags)
    throw new Refusal('NAME_UNKNOWN', 'repository name not known to registry', { detail: { name: repository } });
  const limit = pageSize(exchange.query.get('n'));
  const last = exchange.query.get('last');
  const rest = last === null ? tags : tags.filter((tag) => tag > last);
  const page = rest.slice(0, limit);
  const final = page.at(-1);
  const more = page.length < rest.length && final !== undefined;
  const link = `</v2/${repository}/tags/list?last=${encodeURIComponent(final ?? '')}&n=${limit}>; rel="next"`;
  answerBytes(
    exchange,
    { 'content-type': 'application/json; charset=utf-8', ...(more && { link }) },
    Buffer.from(JSON.stringify({ name: repository, tags: page })),
  );
}

function pageSize(text: string | null): number {
  if (text === null) return Number.MAX_SAFE_INTEGER;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal('PAGINATION_NUMBER_INVALID', "n isn't a number of tags");
  return Number(text);
}
