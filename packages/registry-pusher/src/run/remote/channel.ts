import { RegistryPusherError, type RegistryPusherErrorCode } from '../../image/errors.ts';

/** A process at the other end of an IPC channel: this process's child, or its parent. */
export interface Peer {
  send(message: Message, callback: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: Message) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: PlainError };

interface PlainError {
  readonly isOurs: boolean;
  readonly code: string | undefined;
  readonly message: string;
}

/** What a process can be called for by the other one. */
export type Methods<Names extends string = string> = Readonly<Record<Names, (...args: never[]) => unknown>>;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Calls between two processes, in both directions and several at the same time. Errors keep their code and message. */
export class Channel<Theirs extends Methods> {
  readonly #peer: Peer;
  readonly #own: Methods;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  #end: Error | undefined;

  constructor(peer: Peer, own: Methods) {
    this.#peer = peer;
    this.#own = own;
    peer.on('message', (message) => this.#receive(message));
    peer.on('disconnect', () => this.end(new Error('the other process has ended')));
  }

  async call<Name extends keyof Theirs & string>(
    name: Name,
    ...args: Parameters<Theirs[Name]>
  ): Promise<Awaited<ReturnType<Theirs[Name]>>> {
    if (this.#end !== undefined) throw this.#end;
    const id = this.#next++;
    const result = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#send({ kind: 'call', id, name, args });
    return (await result) as Awaited<ReturnType<Theirs[Name]>>;
  }

  /** Rejects all calls, those without a result yet too. */
  end(reason: Error): void {
    this.#end ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
  }

  #receive(message: Message): void {
    const { kind, id } = message;
    if (kind === 'call') return void this.#answer(message);
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (kind === 'result') pending?.resolve(message.value);
    else pending?.reject(toError(message.error));
  }

  async #answer({ id, name, args }: Message & { readonly kind: 'call' }): Promise<void> {
    try {
      const value = await this.#own[name]!(...(args as never[]));
      this.#send({ kind: 'result', id, value });
    } catch (error) {
      this.#send({ kind: 'error', id, error: toPlain(error) });
    }
  }

  #send(message: Message): void {
    // Whoever waits for the other process learns of its end by the event.
    this.#peer.send(message, () => undefined);
  }
}

function toPlain(error: unknown): PlainError {
  const { code, message } = error as NodeJS.ErrnoException;
  return { isOurs: error instanceof RegistryPusherError, code, message };
}

function toError({ isOurs, code, message }: PlainError): Error {
  if (isOurs) return new RegistryPusherError(code as RegistryPusherErrorCode, message);
  return Object.assign(new Error(message), { code });
}
