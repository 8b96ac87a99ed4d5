/** The signals of Linux that a number or a name stands for. @see signal(7) */
const names = new Set(
  (
    'HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU ' +
    'URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS RTMIN RTMAX'
  ).split(' '),
);
const realTime = /^RTM(?:IN\+(?:[1-9]|1[0-5])|AX-(?:[1-9]|1[0-4]))$/;
const last = 64;

/** Gives the signal back as it is written. @throws Error when Linux has no such one */
export function requireSignal(text: string): string {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const isNumber = /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= last;
  if (isNumber || names.has(name) || realTime.test(name)) return text;
  throw new Error(`"${text}" is not a signal such as SIGTERM or 15`);
}
