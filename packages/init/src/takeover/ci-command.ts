import type { CommandFacts } from './command-facts.ts';
import { type BuildFacts, readBuild, readKaniko } from './docker-build.ts';
import { readHerokuCli } from './heroku-cli.ts';

const reference = /registry\.heroku\.com\/([^\s/"'`]+)\/([\w${}-]+)/;
const apiKeyVariable = /\$\{?(\w*(?:KEY|TOKEN|PASSWORD|SECRET|AUTH)\w*)\}?/;
const engine = String.raw`\b(?:docker|podman|buildah|nerdctl)`;

/** Returns what a command says. Undefined if it isn't part of a deploy to Heroku. */
export function readCommand(text: string, expanded: string): CommandFacts | undefined {
  const key = keyOf(text);
  const [, app, type] = reference.exec(expanded) ?? [];
  const pushed: CommandFacts | undefined = app === undefined ? undefined : { app, types: [type!], deploys: true };
  const is = (pattern: string): boolean => new RegExp(pattern).test(text);
  if (is(String.raw`\b(?:curl|wget)\b`) && /api\.heroku\.com/.test(expanded)) return readApiCall(expanded, key);
  if (is(String.raw`${engine}\s+login\b`)) {
    if (!/registry\.heroku\.com/.test(expanded)) return undefined;
    return { ...key, deploys: true, became: 'tozo logs in with HEROKU_API_KEY' };
  }
  if (/api\.heroku\.com|git\.heroku\.com/.test(text) && /\.netrc\b/.test(text))
    return { ...key, became: 'tozo logs in with HEROKU_API_KEY' };
  if (is(String.raw`\bcontainer:(?:push|release)\b`)) return readHerokuCli(text, expanded);
  if (is(String.raw`${engine}\s+(?:(?:buildx|image|builder)\s+)?(?:build|bud)\b`))
    return readImage(readBuild(expanded), pushed);
  if (is(String.raw`/kaniko/executor\b`))
    return pushed && { ...readImage(readKaniko(expanded), pushed), became: 'tozo deploy builds and pushes the image' };
  if (is(String.raw`${engine}\s+(?:image\s+)?tag\b|\b(?:crane|skopeo)\s+(?:cp|copy|push|tag)\b`)) {
    const [, source] = /\b(?:tag|cp|copy)\s+["']?([^\s"']+)/.exec(expanded) ?? [];
    return pushed && { ...pushed, ...(source ? { source } : {}), became: becomesType(type!) };
  }
  if (is(String.raw`${engine}\s+(?:image\s+)?push\b`)) return pushed && { ...pushed, became: becomesType(type!) };
  if (
    is(
      String.raw`${engine}\s+(?:buildx\s+\w+|pull|info|version|inspect|image\s+inspect|images|logout|context|--version)\b`,
    )
  )
    return { became: 'not needed' };
  if (/\bdpl\b.*heroku/.test(text)) return readDpl(text, expanded);
  if (/\bgit\s+(?:push|remote\s+(?:add|set-url))\b.*heroku/.test(text)) return readGitPush(expanded);
  if (isSetUp(text)) return { became: 'not needed' };
  return readHerokuCli(text, expanded);
}

const becomesType = (type: string): string =>
  `${type.includes('$') ? 'processes' : `processes.${type}`} in deploy.json; tozo deploy pushes the image`;

function readImage({ left, ...build }: BuildFacts, pushed: CommandFacts | undefined): CommandFacts {
  return { ...pushed, build, became: 'tozo deploy builds the image', ...(left === undefined ? {} : { left }) };
}

function keyOf(text: string): Pick<CommandFacts, 'apiKey'> {
  const [, name] = apiKeyVariable.exec(text) ?? [];
  return name === undefined ? {} : { apiKey: name };
}

/** Commands that prepare what a job of tozo doesn't need. */
function isSetUp(text: string): boolean {
  return (
    /^(?:sudo\s+)?(?:apk|apt|apt-get|yum|dnf)\s.*\b(?:update|add|install)\b/.test(text) ||
    /^(?:sudo\s+)?(?:npm|yarn|gem|pip3?|snap)\s+(?:i|install|add|global add)\b.*\b(?:heroku|dpl)\b/.test(text) ||
    /(?:cli-assets|toolbelt)\.heroku\.com|heroku-cli/.test(text) ||
    /^(?:export\s+)?\w*(?:IMAGE|DIGEST|SHA)\w*=(?:\$\(|`)docker\s/i.test(text) ||
    /^(?:export\s+)?(?:\w*PAYLOAD\w*|PATH|HEROKU_API_KEY)=/.test(text) ||
    /^chmod\s.*(?:\.netrc|\.sh)\b/.test(text) ||
    /^(?:echo|printf)\b(?!.*>)|^set\s[-+]|^(?:ls|pwd|env|date|exit)\b/.test(text)
  );
}

function readApiCall(text: string, key: Pick<CommandFacts, 'apiKey'>): CommandFacts {
  const [, app] = /api\.heroku\.com\/apps\/([^\s/"'?]+)/.exec(text) ?? [];
  const types = [...text.matchAll(/\\?"type\\?"\s*:\s*\\?"([\w-]+)/g)].map(([, type]) => type!);
  const isRelease = /\/formation/.test(text);
  return {
    ...(app === undefined ? {} : { app }),
    ...key,
    types,
    ...(isRelease ? { releases: true } : {}),
    deploys: true,
    ...(isRelease
      ? { became: 'tozo deploy releases it by image ID, and waits until it responds' }
      : { left: 'tozo makes no such request: run it by hand, or in a job of your own' }),
  };
}

function readDpl(text: string, expanded: string): CommandFacts {
  const [, app] = /--app(?:\s+|=)["']?([^\s"']+)/.exec(expanded) ?? [];
  return {
    ...keyOf(/--api[-_]key(?:\s+|=)(\S+)/.exec(text)?.[1] ?? ''),
    ...(app ? { app } : {}),
    types: ['web'],
    deploys: true,
    became: 'tozo deploy, with an image instead of a buildpack',
  };
}

function readGitPush(text: string): CommandFacts {
  const [, app] = /git\.heroku\.com\/([^\s/"']+?)(?:\.git)?(?=["'\s]|$)/.exec(text) ?? [];
  return {
    ...(app ? { app } : {}),
    types: ['web'],
    deploys: true,
    became: 'tozo deploy, with an image instead of a buildpack',
  };
}
