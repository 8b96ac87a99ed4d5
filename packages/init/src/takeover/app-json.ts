import { isObject, parseJsonObject } from '../project/manifest.ts';
import { directoryOf } from '../project/snapshot.ts';
import { noFacts, type Process, type Taken, type TakenLine, type Value } from './taken.ts';

/** Reads an app.json. https://devcenter.heroku.com/articles/app-json-schema */
export function readAppJson(file: string, text: string): Taken {
  const raw = parseJsonObject(text, file);
  const lines: TakenLine[] = [];
  const configVars: Record<string, Value> = {};
  const processes: Record<string, Process> = {};
  const say = (key: string, became: { became: string } | { left: string }): void => {
    lines.push({ file, line: lineOf(text, key), text: key, ...became });
  };
  for (const [key, value] of Object.entries(raw)) {
    if (key === 'env' && isObject(value)) {
      for (const [name, one] of Object.entries(value)) readVariable(name, one);
    } else if (key === 'formation' && isObject(value)) {
      for (const [type, one] of Object.entries(value)) {
        const quantity = isObject(one) ? one['quantity'] : undefined;
        if (!Number.isInteger(quantity) || Number(quantity) < 0) {
          say(type, { left: `set "dynos" of ${type} in deploy.json` });
          continue;
        }
        processes[type] = { dynos: Number(quantity) };
        say(type, {
          became: `processes.${type}.dynos in deploy.json${isObject(one) && 'size' in one ? '; the size stays as it is on Heroku' : ''}`,
        });
      }
    } else if (key === 'addons' && Array.isArray(value)) {
      for (const one of value) {
        const plan = typeof one === 'string' ? one : isObject(one) ? one['plan'] : undefined;
        if (typeof plan !== 'string') continue;
        say(plan, { left: `add-ons stay as they are. For a new app: heroku addons:create ${plan}` });
      }
    } else if (key === 'scripts' && isObject(value)) {
      for (const name of Object.keys(value))
        say(name, {
          left: 'run it once by hand (heroku run), or add processes.release to deploy.json for every deploy',
        });
    } else if (
      [
        'name',
        'description',
        'keywords',
        'website',
        'repository',
        'logo',
        'success_url',
        '$schema',
        'stack',
        'image',
      ].includes(key)
    ) {
      say(key, { became: 'not needed' });
    } else if (key === 'buildpacks') say(key, { became: 'the Dockerfile' });
    else if (key === 'environments')
      say(key, { left: 'review apps have no counterpart: declare environments in deploy.json for apps that stay' });
    else say(key, { left: 'deploy.json has no such setting' });
  }
  return { apps: [{ ...noFacts(directoryOf(file)), configVars, processes }], lines };

  function readVariable(name: string, declared: unknown): void {
    const { value, generator, required } = isObject(declared)
      ? declared
      : { value: declared, generator: undefined, required: undefined };
    if (name === 'PORT' || name === 'NODE_ENV' || name.startsWith('NPM_CONFIG_')) {
      say(name, { became: name === 'NODE_ENV' ? 'NODE_ENV=production in the Dockerfile' : 'not needed' });
    } else if (generator !== undefined) {
      say(name, {
        left: `Heroku generated its value, which stays. For a new app: heroku config:set ${name}="$(openssl rand -hex 32)"`,
      });
    } else if (['string', 'number', 'boolean'].includes(typeof value) && value !== '') {
      configVars[name] = String(value);
      say(name, { became: `configVars.${name} in deploy.json` });
    } else {
      say(name, {
        left: `${required === false ? 'its value, if any,' : 'its value'} stays on Heroku. To deploy it from here: "${name}": { "fromEnv": "${name}" } in configVars`,
      });
    }
  }
}

function lineOf(text: string, key: string): number {
  const index = text.indexOf(JSON.stringify(key));
  return index < 0 ? 1 : text.slice(0, index).split('\n').length;
}
