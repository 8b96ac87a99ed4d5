import { mkdtemp, rm, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import { connectSandbox } from '@tozo/sandbox';
import { writeApp, checkOut } from './fixture/app.ts';
import { makeBaseImage } from './fixture/base-image.ts';
import { startBaseRegistry } from './servers/base-registry.ts';
const folder = await mkdtemp('/tmp/bench-');
try {
  await using registry = await startBaseRegistry(join(folder, 'base-registry'));
  const base = await makeBaseImage(join(folder, 'base'), `${registry.host}/base/node:20`);
  await writeApp(join(folder,'app'), base.reference);
  const sandbox = (await connectSandbox({ dir: join(folder, 'sandbox'), start: true }))!;
  try {
    await sandbox.ensureApp('shop-tozo');
    for (const r of [0,1,2,3]) {
      const co=join(folder,'co'+r); await checkOut(join(folder,'app'),co,String(r));
      const home=join(folder,'h'+r); await mkdir(home+'/tmp',{recursive:true});
      execFileSync('sync'); await new Promise(r=>setTimeout(r,2000)); const t0=Date.now();
      const prof = r<2 ? ['--cpu-prof','--cpu-prof-dir=/tmp/unp/tprof'+r] : [];
      const res=spawnSync('/usr/bin/time',['-f','%e s user %U sys %S maxrss %M KB',process.execPath,...prof,'--import=/tmp/unp/stamp.mjs','/work/main/packages/cli/bin/tozo.js','deploy','--yes','--json'],{cwd:co,env:{PATH:process.env.PATH,HOME:home,TMPDIR:home+'/tmp',HEROKU_API_KEY:sandbox.apiKey,HEROKU_APP:'shop-tozo',HEROKU_API_URL:sandbox.urls.heroku,HEROKU_REGISTRY_URL:sandbox.urls.registry},encoding:'utf8'});
      if(r) console.log((await sandbox.journal()).slice(-40).filter(e=>!/dynos/.test(e.path)).map(e=>((Date.parse(e.time)-t0)/1000).toFixed(3)+' '+e.method+' '+e.path.slice(0,60)+' '+e.status+' '+e.ms).join('\n')); console.log('=== run',r, readLoad()); 
      console.log(res.stdout.split('\n').filter(l=>!/push-progress|health/.test(l)).map(l=>l.slice(0,160)).join('\n'), res.stderr);
    }
  } finally { await sandbox.stop(); }
} finally { await rm(folder,{recursive:true,force:true}); }
function readLoad(){return execFileSync('cat',['/proc/loadavg'],{encoding:'utf8'}).trim();}
