#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that one too old gets a sentence instead of a syntax error.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(
    '@tozo/sandbox needs Node 20.19 or newer; this is ' + process.versions.node + '. Install a newer Node.\n',
  );
  process.exitCode = 1;
} else {
  void import('@tozo/sandbox/main').then(function (main) {
    return main.run(process.argv.slice(2));
  });
}
