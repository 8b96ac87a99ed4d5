/*
 * X.509 certificates.
 * @see RFC 5280, 4.1 (the structure) and 4.2.1 (the extensions) · RFC 5758, 3.2 (the signature)
 */
import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bits, objectId, octets, positive, sequence, set, tagged, text, time, yes } from './der.ts';

export interface CertificateOptions {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  /** EC keys on P-256. */
  readonly issuerKeys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** The server's host names and IPv4 addresses, or `authority` for a certificate that signs others. */
  readonly use: 'authority' | readonly string[];
}

/** Returns a signed certificate in PEM. */
export function createCertificate(options: CertificateOptions): string {
  const { subject, publicKey, issuer, issuerKeys, validFrom, validUntil, use } = options;
  const algorithm = sequence(objectId('2a8648ce3d040302')); // ecdsa-with-SHA256
  const version3 = tagged(0xa0, positive(Buffer.from([2])));
  const extensions = [
    extension('551d0e', octets(keyIdentifier(publicKey))),
    extension('551d23', sequence(tagged(0x80, keyIdentifier(issuerKeys.publicKey)))),
    ...(use === 'authority' ? authorityExtensions() : serverExtensions(use)),
  ];
  const body = sequence(
    version3,
    serialNumber(),
    algorithm,
    commonName(issuer),
    sequence(time(validFrom), time(validUntil)),
    commonName(subject),
    publicKeyInfo(publicKey),
    tagged(0xa3, sequence(...extensions)),
  );
  return pem(sequence(body, algorithm, bits(sign('sha256', body, issuerKeys.privateKey))));
}

const authorityExtensions = (): Buffer[] => [
  critical('551d13', sequence(yes, positive(Buffer.from([0])))), // CA, path length 0
  critical('551d0f', bits(Buffer.from([0x04]), 2)), // keyCertSign
];

const serverExtensions = (names: readonly string[]): Buffer[] => [
  critical('551d13', sequence()),
  critical('551d0f', bits(Buffer.from([0x80]), 7)), // digitalSignature
  extension('551d25', sequence(objectId('2b06010505070301'))), // serverAuth
  extension('551d11', sequence(...names.map(alternativeName))),
];

const extension = (id: string, value: Buffer): Buffer => sequence(objectId(id), octets(value));
const critical = (id: string, value: Buffer): Buffer => sequence(objectId(id), yes, octets(value));
const commonName = (name: string): Buffer => sequence(set(sequence(objectId('550403'), text(name))));

const alternativeName = (name: string): Buffer =>
  isIPv4(name) ? tagged(0x87, Buffer.from(name.split('.').map(Number))) : tagged(0x82, Buffer.from(name));

const publicKeyInfo = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha256').update(publicKeyInfo(key)).digest().subarray(0, 20);

function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | (bytes[0]! & 0x3f);
  return positive(bytes);
}

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replaceAll(/.{64}(?!$)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
