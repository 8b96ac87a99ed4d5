/** Returns whether a URL names this machine: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
