/** The names of Linux signals. @see signal(7) */
const names = new Set(
  (
    'HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU ' +
    'URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS RTMIN RTMAX'
  ).split(' '),
);
const realTime = /^RTM(?:IN\+(?:[1-9]|1[0-5])|AX-(?:[1-9]|1[0-4]))$/;
const last = 64;

/** Returns the text unchanged. @throws Error when it isn't a Linux signal */
export function assertSignal(text: string): string {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const isNumber = /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= last;
  if (isNumber || names.has(name) || realTime.test(name)) return text;
  throw new Error(`"${text}" isn't a signal: use a name such as SIGTERM or a number such as 15`);
}
