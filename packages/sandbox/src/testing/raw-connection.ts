import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How a connection ended. */
export type End = 'closed' | 'reset';

/** A TCP client that shows the bytes received, their timing, and how the connection ends. */
export class RawConnection implements Disposable {
  readonly #socket: Socket;
  readonly #end: Promise<End>;
  #received = Buffer.alloc(0);
  /** The number of chunks received. */
  pieces = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.pieces++;
    });
    this.#end = new Promise((resolve, reject) => {
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve('reset');
        else reject(error);
      });
      socket.once('close', () => resolve('closed'));
    });
  }

  static async open({ port }: { readonly port: number }): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** The bytes received and not yet returned by `until`, as Latin-1. */
  get received(): string {
    return this.#received.toString('latin1');
  }

  write(bytes: string): void {
    this.#socket.write(bytes);
  }

  /** Resolves when the kernel has accepted all bytes. */
  async writeAll(bytes: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Waits for the next bytes. */
  async more(): Promise<void> {
    const data = once(this.#socket, 'data');
    data.catch(() => undefined);
    await Promise.race([data, this.#end.then((end) => this.#fail(end))]);
  }

  /** Waits for this text and returns everything up to and including it. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) await this.more();
    const length = this.received.indexOf(text) + text.length;
    const taken = this.received.slice(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  ended(): Promise<End> {
    return this.#end;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  #fail(end: End): never {
    throw new Error(`The connection was ${end} too early. Received: ${this.received}`);
  }
}
