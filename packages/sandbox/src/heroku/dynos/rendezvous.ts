import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { openSecurePort } from '../../tls/secure-port.ts';
import type { IssuedCertificate } from '../../tls/ephemeral-authority.ts';

const maxSecretBytes = 256;
const secretTimeoutMs = 30_000;

/** A one-off dyno that waits for its client. */
export interface Meeting {
  /** `rendezvous://127.0.0.1:PORT/SECRET` */
  readonly url: string;
  /** Makes the URL invalid. */
  cancel(): void;
}

/**
 * Connects clients to their one-off dynos: over TLS, the client sends the secret in the dyno's `attach_url` as a line,
 * receives the line `rendezvous`, and is then connected to the dyno's input and output. Each secret is valid once.
 *
 * @see https://devcenter.heroku.com/articles/platform-api-reference#dyno (`attach_url`)
 */
export class Rendezvous {
  readonly #certificate: () => Pick<IssuedCertificate, 'key' | 'cert'>;
  readonly #expected = new Map<string, (client: Duplex) => void>();
  #port: ReturnType<typeof openSecurePort> | undefined;

  /** @param certificate called when the first dyno waits; must be valid for 127.0.0.1 */
  constructor(certificate: () => Pick<IssuedCertificate, 'key' | 'cert'>) {
    this.#certificate = certificate;
  }

  /** Calls `onClient` with the connection of the client that knows the secret in the URL. */
  async arrange(onClient: (client: Duplex) => void): Promise<Meeting> {
    const { port } = await (this.#port ??= this.#open());
    const secret = randomBytes(16).toString('hex');
    this.#expected.set(secret, onClient);
    return { url: `rendezvous://127.0.0.1:${port}/${secret}`, cancel: () => void this.#expected.delete(secret) };
  }

  async close(): Promise<void> {
    this.#expected.clear();
    await (await this.#port)?.close();
  }

  #open() {
    const { key, cert } = this.#certificate();
    return openSecurePort({ purpose: 'rendezvous', port: 0, key, cert, accept: (_, client) => this.#greet(client) });
  }

  #greet(client: Duplex): void {
    let received = Buffer.alloc(0);
    const timeout = setTimeout(() => client.destroy(), secretTimeoutMs);
    client.on('error', () => undefined).once('close', () => clearTimeout(timeout));
    const onData = (bytes: Buffer): void => {
      received = Buffer.concat([received, bytes]);
      const end = received.indexOf('\n');
      if (end < 0 && received.length <= maxSecretBytes) return;
      clearTimeout(timeout);
      client.off('data', onData).pause();
      const secret = received.subarray(0, Math.max(end, 0)).toString('latin1').trim();
      const onClient = this.#expected.get(secret);
      if (!onClient) return void client.destroy();
      this.#expected.delete(secret);
      client.unshift(received.subarray(end + 1));
      client.write('rendezvous\r\n');
      onClient(client);
    };
    client.on('data', onData);
  }
}
