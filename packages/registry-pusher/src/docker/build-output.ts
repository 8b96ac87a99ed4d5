import type { Readable } from 'node:stream';
import { RegistryPusherError } from '../errors.ts';
import { readStatusMessage, type StatusMessage } from './status-message.ts';

const remembered = 20;
/** An engine asks itself for the context under such a name, and some forget to answer. */
const contextLost = /Get "http:\/\/build-context-\w+"/;

/**
 * Follows a build's output to its end and passes every line of it on. The engine answers 200 before it builds: whether the
 * build failed stands in the output alone. A context that got lost inside the engine is none of the build's failures. @see https://docs.docker.com/reference/api/engine/version/v1.41/#operation/ImageBuild
 * @throws RegistryPusherError ENGINE_BUILD_FAILED with the failing step and the last lines that it printed
 */
export async function followBuild(
  output: Readable,
  onLog: (line: string) => void = () => undefined,
): Promise<'built' | 'context lost'> {
  const transcript = new Transcript(onLog);
  let built = false;
  for await (const line of linesOf(output)) {
    const message = parseMessage(line);
    const failure = message.errorDetail?.message ?? message.error;
    if (failure !== undefined && contextLost.test(failure)) return 'context lost';
    if (failure !== undefined) throw failed(failure, transcript);
    if (message.stream !== undefined) transcript.classic(message.stream);
    if (message.id === 'moby.buildkit.trace' && typeof message.aux === 'string')
      transcript.status(readStatusMessage(Buffer.from(message.aux, 'base64')));
    if (typeof message.aux === 'object' && message.aux.ID !== undefined) built = true;
  }
  transcript.end();
  if (!built) throw failed('its output ended before an image was made', transcript);
  return 'built';
}

async function* linesOf(output: Readable): AsyncGenerator<string> {
  let rest = '';
  output.setEncoding('utf8');
  for await (const chunk of output as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

interface EngineMessage {
  readonly id?: string;
  readonly stream?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  /** BuildKit's progress in base64, or the image that was made. */
  readonly aux?: string | { readonly ID?: string };
}

function parseMessage(line: string): EngineMessage {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message === 'object' && message !== null) return message;
  } catch {
    // What is no message is told like any other surprise, below.
  }
  throw new RegistryPusherError(
    'ENGINE_BUILD_FAILED',
    `Docker answers a build with what is not JSON: ${line.slice(0, 200)}`,
  );
}

/** Steps and their output, as lines; keeps the last ones of each step. */
class Transcript {
  readonly #onLog: (line: string) => void;
  readonly #names = new Map<string, string>();
  readonly #recent = new Map<string, string[]>();
  readonly #unfinished = new Map<string, string>();
  #failing = '';

  constructor(onLog: (line: string) => void) {
    this.#onLog = onLog;
  }

  /** The step that failed, as far as was told, and the last lines that it printed. */
  get failing(): { step: string | undefined; lines: readonly string[] } {
    this.end();
    return { step: this.#names.get(this.#failing), lines: this.#recent.get(this.#failing) ?? [] };
  }

  /** Output of the classic builder: `Step 2/5 : RUN …`, then what it prints. */
  classic(text: string): void {
    const [, step] = /^Step \d+\/\d+ : (.*)/.exec(text) ?? [];
    if (step !== undefined) {
      this.#failing = text.trim();
      this.#names.set(this.#failing, step.trim());
      this.#line(this.#failing, text.trim(), false);
    } else if (!/^ ---> |^Removing intermediate container /.test(text)) this.#print(this.#failing, text);
  }

  status({ vertexes, logs }: StatusMessage): void {
    for (const { digest, name, started, completed, cached, error } of vertexes) {
      if (started && !this.#names.has(digest)) {
        this.#names.set(digest, name);
        if (isInteresting(name)) this.#line(digest, name, false);
      }
      if (completed && cached && isInteresting(name)) this.#line(digest, `${name}: cached`, false);
      if (error !== '' && this.#failing === '') this.#failing = digest;
    }
    for (const { vertex, text } of logs) this.#print(vertex, text);
  }

  end(): void {
    for (const [step, rest] of this.#unfinished) if (rest !== '') this.#line(step, rest, true);
    this.#unfinished.clear();
  }

  #print(step: string, text: string): void {
    const lines = ((this.#unfinished.get(step) ?? '') + text).split(/\r?\n|\r/);
    this.#unfinished.set(step, lines.pop()!);
    for (const line of lines) this.#line(step, line, true);
  }

  #line(step: string, line: string, isOutput: boolean): void {
    this.#onLog(line);
    if (!isOutput || line.trim() === '') return;
    const recent = this.#recent.get(step) ?? [];
    recent.push(line);
    if (recent.length > remembered) recent.shift();
    this.#recent.set(step, recent);
  }
}

/** Steps that bring the context into the engine are of no interest. */
function isInteresting(name: string): boolean {
  return !name.startsWith('[internal]') && name !== 'copy /context /';
}

function failed(why: string, transcript: Transcript): RegistryPusherError {
  const { step, lines } = transcript.failing;
  const at = step === undefined ? '' : ` at ${step}`;
  const output = lines.map((line) => `\n  ${line}`).join('');
  return new RegistryPusherError('ENGINE_BUILD_FAILED', `The Docker build failed${at}: ${why.trim()}${output}`);
}
