import { isRecord } from '../http/exchange.ts';
import type { Service } from './entry.ts';
import type { TextChunks } from './recording.ts';
import { cut, type CutSecrets } from './secrets.ts';

/** Query parameters whose values are known to be no secret. */
const plainParameters =
  /^(digest|mount|from|n|last|tag|service|scope|page|per_page|filter\[environment_scope\]|order_by|sort|status|environment|tail|lines|srv)$/;
const secretHeader = /auth|token|cookie|secret|passw|credential|api-?key|two-factor|registry-config/i;
const challenge = /^(www|proxy)-authenticate$/i;
const secretField = /passw|secret|token|api_?key|private_?key|credential|^auth(orization)?$/i;
/** Objects whose names are an app's and whose values are its secrets. */
const settingsField = /^(env|config_vars)$/;
const plainVariableField =
  /^(key|variable_type|environment_scope|protected|masked|hidden|masked_and_hidden|raw|description|filter(\[environment_scope\])?|message|error)$/;
const urlInText = /(?:https?:\/\/|\/)[^\s"'<>\\]*/g;

/** A path and query, or a URL, with the values of all parameters cut that are not known to be harmless. */
export function redactUrl(url: string): string {
  const [whole, query] = splitOnce(url, '?');
  // Whoever knows the address of a log or output stream may read it.
  const path = whole
    .replace(/^(https?:\/\/)[^/@]*@/i, `$1${cut}@`)
    .replace(/\/(streams|sessions)\/[^/]+/g, `/$1/${cut}`);
  if (query === undefined) return path;
  const parts = query.split('&').map((part) => {
    const [name] = splitOnce(part, '=');
    return plainParameters.test(decodeURIComponentOr(name)) ? part : `${name}=${cut}`;
  });
  return `${path}?${parts.join('&')}`;
}

export function redactHeader(name: string, value: string): string {
  if (!challenge.test(name) && secretHeader.test(name)) {
    return /^(basic|bearer) /i.test(value) ? value.replace(/ .*/s, ` ${cut}`) : cut;
  }
  return redactText(value);
}

export interface BodyPlace {
  readonly service: Service;
  /** Of the request, with its query. */
  readonly path: string;
  readonly contentType: string;
  /** Of the answer whose body it is; undefined for the request's body. */
  readonly status?: number;
}

/**
 * A body without the secrets that its place and its fields' names tell of; undefined where it cannot be told: what apps
 * print, and what should be JSON and is not.
 */
export function redactBody(text: string, place: BodyPlace): string | undefined {
  const [path] = splitOnce(place.path, '?');
  if (place.service === 'heroku' && /^\/(streams|sessions)\//.test(path)) return undefined;
  const isSecret = secretFieldsAt(path, place);
  if (/^\s*[[{]/.test(text) || /[/+]json\b/i.test(place.contentType)) return redactJson(text, isSecret);
  if (/^application\/x-www-form-urlencoded\b/i.test(place.contentType)) return redactForm(text, isSecret);
  return isSecret === isSecretAnywhere ? redactText(text) : undefined;
}

/** Whether what a field of this name holds is cut. */
type IsSecret = (name: string) => boolean;

/** GitLab's variables are also in other bodies `{ key, value }`, in forms `variables[][value]`. */
const isSecretAnywhere: IsSecret = (name) => secretField.test(name) || /^value$|\[value\]$/.test(name);

/** Config vars and variables: everything but what is known to be none. An error in their place says only what is wrong. */
function secretFieldsAt(path: string, { service, status = 200 }: BodyPlace): IsSecret {
  if (service === 'heroku' && /\/config-vars\/?$/.test(path) && status < 400) return () => true;
  if (service === 'gitlab' && /\/variables(\/|$)/.test(path)) return (name) => !plainVariableField.test(name);
  return isSecretAnywhere;
}

function redactJson(text: string, isSecret: IsSecret): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const redacted = JSON.stringify(redactValue(value, isSecret));
    return redacted === JSON.stringify(value) ? text : redacted;
  } catch {
    return undefined;
  }
}

/** @param name of the field that holds the value; empty at the top and in a list there */
function redactValue(value: unknown, isSecret: IsSecret, name = ''): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, isSecret, name));
  if (isRecord(value)) {
    if (name !== '' && (isSecret(name) || settingsField.test(name))) return cutLeaves(value);
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redactValue(field, isSecret, key)]));
  }
  if (isSecret(name)) return cut;
  return typeof value === 'string' ? redactText(value) : value;
}

/** Everything is cut but the structure, and `null`, which says that there is nothing. */
function cutLeaves(value: unknown): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(cutLeaves);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, cutLeaves(field)]));
  return cut;
}

function redactForm(text: string, isSecret: IsSecret): string {
  return text
    .split('&')
    .map((part) => {
      const [name, value] = splitOnce(part, '=');
      // A form without names is something else that was sent under a form's type.
      if (value === undefined) return cut;
      return isSecret(decodeURIComponentOr(name)) ? `${name}=${cut}` : part;
    })
    .join('&');
}

function redactText(text: string): string {
  // Most texts are names and times, which are told from others at a glance.
  if (!/[?@=:]|\/(?:streams|sessions)\//.test(text)) return text;
  return text
    .replaceAll(urlInText, redactUrl)
    .replaceAll(/((?:passw(?:or)?d|secret|token|api_?key)[\w-]*["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi, `$1${cut}`);
}

/** Cuts everything that must not be shown out of the parts of a recording. */
export interface Redactor {
  url(url: string): string;
  header(name: string, value: string): string;
  body(chunks: TextChunks | undefined, place: BodyPlace): string | undefined;
  text(text: string): string;
}

/** The known secrets are cut last, from what the rules have left. */
export function redactor(cutSecrets: CutSecrets): Redactor {
  return {
    url: (url) => redactSegments(cutSecrets(redactUrl(url)), cutSecrets),
    header: (name, value) => cutSecrets(redactHeader(name, value)),
    body(chunks, place) {
      if (chunks === undefined) return undefined;
      const text = redactBody(chunks.length === 1 ? String(chunks[0]) : joined(chunks), place);
      return text === undefined ? undefined : cutSecrets(text);
    },
    text: cutSecrets,
  };
}

function joined(chunks: TextChunks): string {
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk))).toString(
    'utf8',
  );
}

/** A secret may stand in a path with any of its characters escaped. */
function redactSegments(url: string, cutSecrets: CutSecrets): string {
  if (!url.includes('%')) return url;
  return url
    .split('/')
    .map((segment) => {
      const decoded = decodeURIComponentOr(segment);
      return cutSecrets(decoded) === decoded ? segment : cut;
    })
    .join('/');
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
