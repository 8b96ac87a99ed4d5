const portGrammar = /^(?:(?:.*:)?[0-9-]*:)?([0-9]+)(?:-([0-9]+))?(?:\/([a-z]*))?$/i;

/**
 * Parses `8080`, `8000-8002` or `53/udp` into keys of ExposedPorts: `8080/tcp`. Ignores a host address and port before a
 * colon. @throws Error
 */
export function parsePorts(text: string): string[] {
  const [, first, last, protocol] = portGrammar.exec(text) ?? [];
  const start = Number(first);
  const end = Number(last ?? first);
  const kind = (protocol || 'tcp').toLowerCase();
  if (first === undefined || end < start || end > 65_535 || !['tcp', 'udp', 'sctp'].includes(kind))
    throw new Error(`"${text}" isn't a port: write it as 8080, 8000-8002 or 53/udp`);
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${kind}`);
}
