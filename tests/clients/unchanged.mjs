// A program that was written for Replicate: no address of the server is in it, and none in its environment.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {webcrypto} from 'node:crypto';
import test from 'node:test';

import Replicate from 'replicate';

globalThis.crypto ??= webcrypto; // node 18 keeps it to itself, and the client asks for it there

const LANGUAGE = 'meta/meta-llama-3-8b-instruct';
const IMAGES = 'black-forest-labs/flux-schnell';

const replicate = new Replicate();

test('outputs are FileOutput objects, at replicate.delivery', async () => {
    const [picture] = await replicate.run(IMAGES, {input: {prompt: 'a lighthouse'}});
    assert.match(String(picture.url()), /^https:\/\/replicate\.delivery\/pbxt\/\w+\/out-0\.webp$/);
    const bytes = Buffer.from(await (await picture.blob()).arrayBuffer());
    assert.equal(bytes.toString('latin1', 8, 12), 'WEBP');
    const answer = await fetch(picture.url());
    assert.equal(answer.headers.get('content-type'), 'image/webp');
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
});

test('streams are at stream.replicate.com', async () => {
    const {id, urls} = await replicate.predictions.create({model: LANGUAGE, input: {prompt: 'Hello'}});
    assert.equal(urls.get, `https://api.replicate.com/v1/predictions/${id}`);
    assert.equal(urls.cancel, `${urls.get}/cancel`);
    assert.match(urls.stream, /^https:\/\/stream\.replicate\.com\/v1\/streams\/\w+$/);
    const said = await (await fetch(urls.stream, {headers: {Accept: 'text/event-stream'}})).text();
    assert.match(said, /^event: done$/m);

    const words = [];
    for await (const {event, data} of replicate.stream(LANGUAGE, {input: {prompt: 'Hello'}}))
        words.push(event === 'done' ? event : data);
    assert.ok(words.length > 5);
    assert.equal(words.at(-1), 'done');
});

test('the stream of a model whose output is files', async () => {
    const events = [];
    for await (const event of replicate.stream(IMAGES, {input: {prompt: 'a lighthouse'}}))
        events.push(event);
    assert.deepEqual(events.map(({event}) => event), ['output', 'done']);
    assert.equal((await events[0].data.blob()).type, 'image/webp');
});

test('files go up, and their URLs come back as inputs', async () => {
    const file = await replicate.files.create(Buffer.from('hello'), {kind: 'greeting'});
    assert.equal(file.urls.get, `https://api.replicate.com/v1/files/${file.id}`);
    assert.equal((await replicate.files.get(file.id)).size, 5);
    assert.equal(await replicate.files.delete(file.id), true);
});

test('pages lead on by https', async () => {
    for (let i = 0; i < 101; i++)
        await replicate.predictions.create({model: LANGUAGE, input: {prompt: 'Hello'}});
    const {next} = await replicate.predictions.list();
    assert.match(next, /^https:\/\/api\.replicate\.com\/v1\/predictions\?cursor=/);
    const seen = new Set();
    for await (const page of replicate.paginate(replicate.predictions.list))
        page.forEach(({id}) => seen.add(id));
    assert.ok(seen.size > 100);
});

test('whoever wonders where a name leads can ask; more of /_mock is not open by these names', async () => {
    const health = await fetch('https://api.replicate.com/_mock/health');
    assert.equal((await health.json()).status, 'ok');
    const clock = await fetch('https://api.replicate.com/_mock/clock');
    assert.equal(clock.status, 403);
    assert.match((await clock.json()).detail, /--control-host api\.replicate\.com would allow it/);
});

test('without the certificate it says so', () => {
    const {NODE_EXTRA_CA_CERTS, ...rest} = process.env;
    const program = `fetch('https://api.replicate.com/v1/account').catch(({cause}) => console.log(cause.code))`;
    assert.ok(NODE_EXTRA_CA_CERTS);
    const said = execFileSync(process.execPath, ['--eval', program], {env: rest, encoding: 'utf8'});
    assert.match(said, /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)\n$/);
});
