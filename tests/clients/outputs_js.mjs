// FileOutput objects of Replicate's JavaScript client: that it makes them, and what can be read of them.
//
// Usage: outputs_js.mjs URL https|data    under `replicate-mock exec --tls-port 0 --output-urls …`; see outputs.py
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';

import Replicate from 'replicate';

const [, , URL_OF_MOCK, SCHEME] = process.argv;
const LIMIT = {timeout: 240_000}; // ends what hangs
const CONTROLNET = 'rossjillian/controlnet:795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477';
const IMAGES = 'black-forest-labs/flux-schnell';
const VIDEO = 'minimax/video-01';
const LANGUAGE = 'meta/meta-llama-3-8b-instruct';
const PICTURE = {image: 'https://example.com/a.png', prompt: 'a turtle', structure: 'canny'};
const MAGIC = {'image/webp': 'RIFF', 'image/png': '\x89PNG', 'video/webm': '\x1aE\xdf\xa3'};

/** A client; `headers` are those of what it downloads. */
function client() {
    const headers = [];
    const record = (url, init = {}) => {
        if (!String(url).startsWith(`${URL_OF_MOCK}/v1/`))
            headers.push(init.headers ?? {});
        return fetch(url, init);
    };
    return Object.assign(new Replicate({baseUrl: `${URL_OF_MOCK}/v1`, fetch: record}), {headers});
}

/** What is at the URL, as curl gets it or the URL has it: [type, bytes]. */
function content(url) {
    if (url.startsWith('data:')) {
        const [head, text] = url.slice('data:'.length).split(';base64,');
        return [head, Buffer.from(text, 'base64')];
    }
    const type = execFileSync('curl', ['-q', '-sSfI', '-o', '/dev/null', '-w', '%{content_type}', url]);
    return [String(type), execFileSync('curl', ['-q', '-sSf', url], {maxBuffer: 1 << 26})];
}

/** The file is one, of that type; `read` reads it. */
async function check(file, type, read) {
    assert.equal(file.constructor.name, 'FileOutput');
    assert.ok(file instanceof ReadableStream);
    assert.equal(file.url().protocol, `${SCHEME}:`);
    assert.equal(file.url().href, String(file));
    const bytes = Buffer.from(await read(file)), [type_of_url, bytes_of_url] = content(String(file));
    assert.equal(type_of_url, type);
    assert.equal(bytes.toString('latin1', 0, MAGIC[type].length), MAGIC[type]);
    assert.ok(bytes.equals(bytes_of_url), `${bytes.length} bytes, and ${bytes_of_url.length} at its URL`);
    return bytes;
}

const ofBlob = type => async file => {
    const blob = await file.blob();
    assert.equal(blob.type, type);
    return blob.arrayBuffer();
};

async function ofIterator(file) {
    const chunks = [];
    for await (const chunk of file)
        chunks.push(chunk);
    return Buffer.concat(chunks);
}

/** As the client's own README has it. */
async function ofWriteFile(file) {
    const folder = await mkdtemp(join(tmpdir(), 'outputs-')), path = join(folder, 'output');
    await writeFile(path, file);
    const bytes = await readFile(path);
    await rm(folder, {recursive: true});
    return bytes;
}

const ofResponse = file => new Response(file).arrayBuffer();

test('run: a list of files, read in every way', LIMIT, async () => {
    const replicate = client();
    const files = await replicate.run(IMAGES, {input: {prompt: 'x', num_outputs: 4}});
    assert.equal(files.length, 4);
    for (const [i, read] of [ofBlob('image/webp'), ofIterator, ofWriteFile, ofResponse].entries())
        await check(files[i], 'image/webp', read);
    assert.ok(replicate.headers.length >= 4);
    assert.ok(replicate.headers.every(headers => !('Authorization' in headers)));
});

test('run: one file; by polling; by version', LIMIT, async () => {
    const replicate = client();
    await check(await replicate.run(VIDEO, {input: {prompt: 'x'}}), 'video/webm', ofBlob('video/webm'));
    const [polled] = await replicate.run(IMAGES, {input: {prompt: 'x'}, wait: {mode: 'poll', interval: 20}});
    await check(polled, 'image/webp', ofBlob('image/webp'));
    const pictures = await replicate.run(CONTROLNET, {input: PICTURE});
    for (const picture of pictures)
        await check(picture, 'image/png', ofBlob('image/png'));
});

test('stream: files', LIMIT, async () => {
    let count = 0;
    for await (const {event, data} of client().stream(IMAGES, {input: {prompt: 'x', num_outputs: 2}})) {
        if (event !== 'output')
            continue;
        await check(data, 'image/webp', ofBlob('image/webp'));
        count++;
    }
    assert.equal(count, 2);
});

test('stream: text', LIMIT, async () => {
    const replicate = client();
    let text = '', last;
    for await (last of replicate.stream(LANGUAGE, {input: {prompt: 'Hello'}}))
        text += last;
    assert.equal(last.event, 'done');
    assert.equal(text, (await replicate.predictions.list()).results[0].output.join(''));
});

test('predictions.create and wait give text', LIMIT, async () => {
    const replicate = client(), made = await replicate.predictions.create({model: IMAGES, input: {prompt: 'x'}});
    assert.equal(new URL(made.urls.get).origin, new URL(URL_OF_MOCK).origin);
    const {output: [url]} = await replicate.wait(made, {interval: 20});
    assert.ok(url.startsWith(`${SCHEME}:`), url.slice(0, 60));
    assert.equal(content(url)[0], 'image/webp');
});

test('a file goes on into the next prediction', LIMIT, async () => {
    const replicate = client(), [file] = await replicate.run(CONTROLNET, {input: PICTURE});
    const url = String(file), sha256 = createHash('sha256').update(content(url)[1]).digest('hex');
    const input_of_last = async () => (await replicate.predictions.list()).results[0].input.image;
    // Its URL: the next one's picture is as large, so it has been read.
    const [next] = await replicate.run(CONTROLNET, {input: {...PICTURE, image: url}});
    assert.equal(await input_of_last(), url);
    await check(next, 'image/png', ofBlob('image/png'));
    // Its bytes go up.
    await replicate.run(CONTROLNET, {input: {...PICTURE, image: await file.blob()}});
    const [up] = (await replicate.files.list()).results;
    assert.deepEqual([up.content_type, up.checksums.sha256], ['image/png', sha256]);
    assert.ok(up.urls.get.startsWith(`${URL_OF_MOCK}/v1/files/`));
    assert.equal(await input_of_last(), up.urls.get);
    // Itself it does not: the client's limit.
    assert.equal(JSON.stringify({file}), '{"file":{}}');
});
