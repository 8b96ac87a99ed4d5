/*
 * Creates a self-signed certificate for each test, which keeps private keys out of the repository.
 * @see RFC 5280, 4.1 (the structure) · X.690 (its bytes)
 */
import { generateKeyPairSync, sign } from 'node:crypto';

/** Creates a PEM key and certificate for host names and IPv4 addresses, valid today and tomorrow. */
export function createCertificate(names: readonly string[]): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signedBy = sequence(oid('2a8648ce3d040302'));
  const name = sequence(set(sequence(oid('550403'), tagged(0x0c, Buffer.from('test')))));
  const day = 24 * 60 * 60 * 1000;
  const validity = sequence(time(Date.now() - day), time(Date.now() + day));
  const alternatives = sequence(
    ...names.map((host) => (isAddress(host) ? addressName(host) : tagged(0x82, Buffer.from(host)))),
  );
  const extensions = tagged(
    0xa3,
    sequence(
      sequence(oid('551d11'), tagged(0x04, alternatives)),
      sequence(oid('551d13'), tagged(0x04, sequence(tagged(0x01, Buffer.from([0xff]))))),
    ),
  );
  const version = tagged(0xa0, integer(2));
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(version, integer(1), signedBy, name, validity, name, subjectKey, extensions);
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, signedBy, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const base64 = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  };
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

const sequence = (...parts: Buffer[]) => tagged(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]) => tagged(0x31, Buffer.concat(parts));
const integer = (value: number) => tagged(0x02, Buffer.from([value]));
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'));
const time = (at: number) => tagged(0x18, Buffer.from(new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '')));
const isAddress = (host: string) => /^[\d.]+$/.test(host);
const addressName = (host: string) => tagged(0x87, Buffer.from(host.split('.').map(Number)));
