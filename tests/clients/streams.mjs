// Streams are read by those who read Replicate's own: the stream() of its JavaScript client, and the EventSource of
// browsers, which comes back by itself where a stream breaks off.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {writeFileSync, mkdtempSync, rmSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {EventSource} from 'eventsource';
import Replicate from 'replicate';

import {run, serve} from './server.mjs';

const CONTROLNET = '795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477';
const WRITER = 'acme/writer:w1'; // a model whose output grows word by word
const schemas = {Input: {type: 'object'}, Output: {type: 'array', items: {type: 'string'}, 'x-cog-array-type': 'iterator'}};
const model = {owner: 'acme', name: 'writer', latest_version: {id: 'w1', openapi_schema: {components: {schemas}}}};
const picture = {image: 'https://example.com/a.png', prompt: 'a turtle', structure: 'canny', num_outputs: 2};

const client = url => new Replicate({auth: 'r8_test', baseUrl: `${url}/v1`});

/** The prediction that was made last. */
async function latest(url) {
    return (await client(url).predictions.list()).results[0];
}

async function wordsComeAsTheyAreWritten(url) {
    const events = [], times = [];
    for await (const event of client(url).stream(WRITER, {input: {}})) {
        events.push(event);
        times.push(performance.now());
    }
    const words = events.filter(({event}) => event === 'output').map(String), made = await latest(url);
    assert.ok(words.length > 10);
    assert.deepEqual(words, made.output);
    assert.deepEqual(events.slice(words.length).map(({event, data}) => [event, data]), [['done', '{}']]);
    const seconds = Math.floor(Date.parse(made.created_at) / 1000);
    assert.deepEqual(events.map(({id}) => id), events.map((_, i) => `${seconds}:${i}`));
    assert.ok(times.at(-1) - times[0] > 500, 'they were not all there at once');
}

async function filesAreFiles(url) {
    const events = [];
    for await (const event of client(url).stream(`rossjillian/controlnet:${CONTROLNET}`, {input: picture}))
        events.push(event);
    assert.deepEqual(events.map(({event}) => event), ['output', 'output', 'done']);
    for (const {data} of events.slice(0, 2)) {
        assert.ok(data.url().href.startsWith(`${url}/delivery/`));
        const blob = await data.blob();
        assert.equal(blob.type, 'image/png');
        assert.equal(Buffer.from(await blob.arrayBuffer()).toString('latin1', 1, 4), 'PNG');
    }
}

async function oneThatIsCanceled(url) {
    const events = [];
    for await (const event of client(url).stream(WRITER, {input: {}})) {
        events.push(event);
        await client(url).predictions.cancel((await latest(url)).id);
    }
    assert.ok(events.length < 5);
    assert.deepEqual([events.at(-1).event, events.at(-1).data], ['done', '{"reason":"canceled"}']);
}

async function create(url) {
    return client(url).predictions.create({version: 'w1', input: {}});
}

/** All events up to `done`, and how many there were each time that the connection was opened. */
async function read(url) {
    const events = [], opened = [], source = new EventSource(url);
    const note = ({data, lastEventId}) => events.push({data, id: lastEventId});
    source.addEventListener('open', () => opened.push(events.length));
    source.addEventListener('output', note);
    source.addEventListener('done', note);
    await new Promise(resolve => source.addEventListener('done', resolve));
    source.close();
    return {events, opened};
}

/** None twice, none missing. */
async function check(events, url) {
    const {output} = await latest(url);
    assert.ok(output.length > 10);
    assert.deepEqual(events.map(({data}) => data), [...output, '{}']);
    assert.deepEqual(events.map(({id}) => id.split(':')[1]), events.map((_, i) => String(i)));
}

async function toTheEnd(url) {
    const {urls: {stream}} = await create(url), {events, opened} = await read(stream);
    await check(events, url);
    assert.deepEqual(opened, [0]);
    assert.deepEqual((await read(stream)).events, events);
}

/** Stands between client and server, and breaks the first stream off when its third word has gone by. */
async function breakingProxy(port) {
    const lines = [];
    let broken = false;
    const proxy = net.createServer(near => {
        const far = net.connect(port, '127.0.0.1');
        let seen = '';
        near.on('data', data => lines.push(...String(data).toLowerCase().split('\r\n')));
        far.on('data', data => {
            seen += data;
            if (broken || seen.split('event: output\n').length <= 3)
                return;
            broken = true;
            near.destroy();
            far.destroy();
        });
        for (const socket of [near, far])
            socket.on('error', () => {});
        near.pipe(far).pipe(near);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    return {lines, url: `http://127.0.0.1:${proxy.address().port}`};
}

async function brokenOff(url) {
    const proxy = await breakingProxy(new URL(url).port);
    const {events, opened} = await read((await create(proxy.url)).urls.stream);
    await check(events, url);
    assert.equal(opened.length, 2);
    assert.ok(opened[1] >= 2);
    assert.ok(proxy.lines.includes(`last-event-id: ${events[opened[1] - 1].id}`));
}

async function faulty(url, stream) {
    const {status} = await fetch(`${url}/_mock/scenarios`, {method: 'POST', body: JSON.stringify({stream}),
        headers: {authorization: 'Bearer r8_test', 'content-type': 'application/json'}});
    assert.equal(status, 201);
}

/** By a rule, each connection after six events: who comes back gets on. */
async function cutAgainAndAgain(url) {
    await faulty(url, {cut_after: 6});
    const {events, opened} = await read((await create(url)).urls.stream);
    await check(events, url);
    assert.deepEqual(opened, [0, 6, 12]);
}

/** Replicate's own client does not come back: it can tell that it has not come to the end. */
async function cutForGood(url) {
    const events = [];
    await faulty(url, {cut_after: 3});
    await assert.rejects(async () => {
        for await (const event of client(url).stream(WRITER, {input: {}}))
            events.push(event);
    });
    assert.deepEqual(events.map(({event, id}) => [event, id.split(':')[1]]),
        [['output', '0'], ['output', '1'], ['output', '2']]);
}

async function silentAtFirst(url) {
    const events = [], begun = performance.now();
    await faulty(url, {stall: '1.5s'});
    for await (const event of client(url).stream(WRITER, {input: {}}))
        events.push(event);
    assert.ok(performance.now() - begun >= 1500);
    assert.equal(events.at(-1).event, 'done');
}

run(async binary => {
    const folder = mkdtempSync(join(tmpdir(), 'streams-'));
    process.on('exit', () => rmSync(folder, {recursive: true}));
    writeFileSync(join(folder, 'writer.json'), JSON.stringify(model));
    for (const [test, predict] of [[wordsComeAsTheyAreWritten, '4s'], [filesAreFiles, '10ms'],
        [oneThatIsCanceled, '16s'], [toTheEnd, '500ms'], [brokenOff, '1s'],
        [cutAgainAndAgain, '1s'], [cutForGood, '1s'], [silentAtFirst, '100ms']]) {
        const server = await serve(binary, '--models', folder, '--boot', '100ms', '--predict', predict);
        await test(server.url);
        await server.stop();
        console.log(`ok ${test.name}`);
    }
});
