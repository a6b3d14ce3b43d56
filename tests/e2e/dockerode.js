// The calls that dockerode's users make, over a Unix socket and over TLS. Run by test_dockerode_works.sh.
'use strict';
const assert = require('assert');
const fs = require('fs');
const { PassThrough } = require('stream');
const Docker = require('dockerode');

const env = process.env;

function clients() {
  const list = [
    ['admin', new Docker({ socketPath: env.ADMIN_SOCKET })],
    ['ci', new Docker({ socketPath: env.CI_SOCKET })],
  ];
  if (env.TLS_ADDRESS) {
    const [host, port] = env.TLS_ADDRESS.split(':');
    const read = (name) => fs.readFileSync(`${env.CLIENTS}/ci/${name}`);
    list.push(['ci over TLS', new Docker({
      protocol: 'https', host, port, ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem'), version: 'v1.41',
    })]);
  }
  return list;
}

function collect(stream) {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (piece) => { text += piece; });
    stream.on('end', () => resolve(text));
    stream.on('error', reject);
  });
}

async function hijackedExec(docker, container) {
  const exec = await container.exec({ Cmd: ['cat'], AttachStdin: true, AttachStdout: true });
  const stream = await exec.start({ hijack: true, stdin: true });
  const out = new PassThrough();
  docker.modem.demuxStream(stream, out, new PassThrough());
  stream.on('end', () => out.end());
  stream.write('through');
  stream.end();
  return collect(out);
}

async function use(who, docker) {
  assert.strictEqual((await docker.ping()).toString(), 'OK', who);
  const output = new PassThrough();
  const said = collect(output);
  const [result, created] = await docker.run('busybox', ['echo', 'hello'], output, { Tty: true });
  output.end();
  assert.strictEqual(result.StatusCode, 0, who);
  assert.strictEqual(await said, 'hello\r\n', who);
  await created.remove();

  const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '600'] });
  await container.start();
  assert.strictEqual(await hijackedExec(docker, container), 'through', `${who}: exec`);
  const logs = await container.logs({ stdout: true });
  assert.strictEqual(logs.length, 0, `${who}: logs`);
  await container.remove({ force: true });
}

(async () => {
  for (const [who, docker] of clients()) await use(who, docker);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
