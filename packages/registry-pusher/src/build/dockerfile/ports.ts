const portGrammar = /^(?:(?:.*:)?[0-9-]*:)?([0-9]+)(?:-([0-9]+))?(?:\/([a-z]*))?$/i;

/**
 * `8080`, `8000-8002`, `53/udp`, as keys of ExposedPorts: `8080/tcp`. A host's address and port before a colon are allowed
 * and mean nothing. @throws Error
 */
export function parsePorts(text: string): string[] {
  const [, first, last, protocol] = portGrammar.exec(text) ?? [];
  const start = Number(first);
  const end = Number(last ?? first);
  const kind = (protocol || 'tcp').toLowerCase();
  if (first === undefined || end < start || end > 65_535 || !['tcp', 'udp', 'sctp'].includes(kind))
    throw new Error(`"${text}" is not a port such as 8080, 8000-8002 or 53/udp`);
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${kind}`);
}
