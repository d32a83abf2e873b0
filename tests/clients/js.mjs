// Replicate's JavaScript client: every method of it, against the server that it takes for Replicate. Each test has a
// token, and so a world, of its own.
import assert from 'node:assert/strict';
import {File} from 'node:buffer'; // node 18 has no global one
import {createHash, randomBytes, webcrypto} from 'node:crypto';
import test, {after, before} from 'node:test';

import Replicate, {parseProgressFromLogs, validateWebhook} from 'replicate';

import {serve} from './server.mjs';

globalThis.crypto ??= webcrypto; // node 18 keeps it to itself, and the client asks for it there

const CANARY = 'replicate/canary:30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272';
const CONTROLNET = 'rossjillian/controlnet:795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477';
const HELLO = 'replicate/hello-world';
const LANGUAGE = 'meta/meta-llama-3-8b-instruct';
const IMAGES = 'black-forest-labs/flux-schnell';
const PICTURE = {image: 'https://example.com/a.png', prompt: 'a turtle', structure: 'canny'};
const LIMIT = {timeout: 240_000}; // ends what hangs

let server;
// Predictions that take longer than a wait of one second, and in truth less than that; a wait of a minute has 12 s.
before(async () => { server = await serve(process.argv[2], '--speed', '5', '--boot', '50ms', '--predict', '1500ms'); });
after(() => server.stop());

let worlds = 0;

/** A client of a world of its own; `sent` is what it has asked for: [method, path, headers]. */
function client(options = {}) {
    const sent = [], auth = `r8_js_${worlds++}`;
    const record = (url, init = {}) => {
        sent.push([init.method ?? 'GET', new URL(url).pathname, init.headers ?? {}]);
        return fetch(url, init);
    };
    return Object.assign(new Replicate({auth, baseUrl: `${server.url}/v1`, fetch: record, ...options}), {sent});
}

const paths = ({sent}) => sent.map(([method, path]) => `${method} ${path}`);

/** A call of the control API, in the client's world. */
async function mock({auth}, method, path, body) {
    const headers = {Authorization: `Bearer ${auth}`, ...(body && {'Content-Type': 'application/json'})};
    const answer = await fetch(`${server.url}/_mock/${path}`, {method, headers, body: body && JSON.stringify(body)});
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.status === 204 ? null : answer.json();
}

const rule = (replicate, operation, response, times) =>
    mock(replicate, 'POST', 'scenarios', {match: {operation}, response, ...(times && {times})});

/** Nothing in the client's world goes on by itself any more: what is to be canceled has not ended before. */
const stopTheClock = replicate => mock(replicate, 'PUT', 'clock', {mode: 'manual'});
const settle = replicate => mock(replicate, 'POST', 'settle?timeout=60s');

const versionOf = async (replicate, model) => (await replicate.models.get(...model.split('/'))).latest_version.id;
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

/** The client's error: what it says of the answer, and the answer. */
async function refused(promise, status, text) {
    const error = await promise.then(() => assert.fail(`no error, and ${status} is expected`), error => error);
    assert.equal(error.name, 'ApiError', error);
    assert.equal(error.response.status, status);
    assert.ok(error.message.startsWith(`Request to ${error.request.url} failed with status ${status} `), error.message);
    assert.ok(error.message.includes(text), error.message);
    return error;
}

test('account, hardware, collections', LIMIT, async () => {
    const replicate = client();
    const account = await replicate.accounts.current();
    assert.ok(['user', 'organization'].includes(account.type));
    assert.ok(account.username && account.name);
    const hardware = await replicate.hardware.list();
    assert.ok(hardware.length > 0 && hardware.every(({sku, name}) => sku && name));
    const {results} = await replicate.collections.list();
    assert.ok(results.length > 0);
    const collection = await replicate.collections.get(results[0].slug);
    assert.equal(collection.name, results[0].name);
    assert.ok(collection.models.length > 0);
});

test('models', LIMIT, async () => {
    const replicate = client(), {results} = await replicate.models.list();
    const names = results.map(({owner, name}) => `${owner}/${name}`);
    for (const name of [HELLO, LANGUAGE, IMAGES, 'replicate/canary', 'rossjillian/controlnet'])
        assert.ok(names.includes(name), `${name} is not among ${names}`);
    const model = await replicate.models.get('replicate', 'hello-world');
    assert.equal(model.owner, 'replicate');
    const versions = await replicate.models.versions.list('replicate', 'hello-world');
    assert.ok(versions.results.some(({id}) => id === model.latest_version.id));
    const version = await replicate.models.versions.get('replicate', 'hello-world', model.latest_version.id);
    assert.deepEqual(version, model.latest_version);
    // The client sends the text as JSON, quotes and all.
    const found = await replicate.models.search('controlnet');
    assert.equal(found.results[0].name, 'controlnet');
});

test('a model of one\'s own', LIMIT, async () => {
    const replicate = client(), {username} = await replicate.accounts.current();
    const [{sku}] = await replicate.hardware.list();
    const made = await replicate.models.create(username, 'mine', {visibility: 'private', hardware: sku, description: 'x'});
    assert.deepEqual([made.owner, made.name, made.visibility, made.description, made.run_count, made.latest_version],
        [username, 'mine', 'private', 'x', 0, null]);
    assert.equal((await replicate.models.get(username, 'mine')).name, 'mine');
    assert.equal(new URL(made.url).pathname, `/${username}/mine`);
    await refused(client().models.get(username, 'mine'), 404, '"detail"'); // another world has none
});

test('every model of the catalogue runs with the input of its example', LIMIT, async () => {
    const replicate = client();
    let models = 0;
    for await (const page of replicate.paginate(replicate.models.list))
        for (const {owner, name, latest_version: version, default_example: example} of page) {
            const {properties, required = []} = version.openapi_schema.components.schemas.Input;
            const known = Object.entries(example?.input ?? {}).filter(([key]) => key in properties);
            const input = name === 'controlnet' ? PICTURE // its example is of an older version
                : {...Object.fromEntries(required.map(key => [key, 'x'])), ...Object.fromEntries(known)};
            const made = await replicate.predictions.create({version: version.id, input, wait: true});
            assert.notEqual(made.output, null, `${owner}/${name}: ${JSON.stringify(made)}`);
            models++;
        }
    assert.ok(models >= 8, `${models} models`);
});

test('predictions', LIMIT, async () => {
    const replicate = client(), version = await versionOf(replicate, HELLO);
    const made = await replicate.predictions.create({version, input: {text: 'Alice'}});
    assert.deepEqual([made.status, made.output, made.error, made.logs, made.version],
        ['starting', null, null, '', version]);
    const done = await replicate.wait(made, {interval: 20});
    assert.deepEqual([done.status, done.output, done.error], ['succeeded', 'hello Alice', null]);
    assert.deepEqual(await replicate.wait(done), done);
    assert.equal((await replicate.predictions.get(made.id)).status, 'succeeded');
    for (const url of Object.values(done.urls))
        assert.ok(URL.canParse?.(url) ?? new URL(url));

    await stopTheClock(replicate);
    const canceled = await replicate.predictions.cancel(
        (await replicate.predictions.create({model: LANGUAGE, input: {prompt: 'x'}})).id);
    assert.equal(canceled.status, 'canceled'); // no client knows "aborted"
    const {results, next} = await replicate.predictions.list();
    assert.deepEqual(results.map(({id}) => id), [canceled.id, made.id]);
    assert.equal(next, null);
});

test('paginate follows next to the end', LIMIT, async () => {
    const replicate = client(), version = await versionOf(replicate, HELLO);
    const ids = [];
    for (let i = 0; i < 205; i++)
        ids.unshift((await replicate.predictions.create({version, input: {text: `${i}`}})).id);
    const pages = [];
    for await (const page of replicate.paginate(replicate.predictions.list))
        pages.push(page.map(({id}) => id));
    assert.deepEqual(pages.map(page => page.length), [100, 100, 5]);
    assert.deepEqual(pages.flat(), ids);
});

test('run, blocking: the live tests of the client itself', LIMIT, async () => {
    const replicate = client();
    const output = await replicate.run(CANARY, {input: {text: 'Betty Browser'}});
    assert.ok(Array.isArray(output));
    assert.equal(output.join('').trim(), 'hello there, Betty Browser');
    // One request, which has the output: nothing is polled, no version is read.
    assert.deepEqual(paths(replicate), ['POST /v1/predictions']);
    assert.equal(replicate.sent[0][2].Prefer, 'wait');
    const words = [];
    for await (const {event, data} of replicate.stream(CANARY, {input: {text: 'Betty Browser'}}))
        if (event === 'output')
            words.push(data);
    assert.ok(words.length > 1);
    assert.equal(words.join('').trim(), 'hello there, Betty Browser');
});

test('run, by the name of an official model', LIMIT, async () => {
    const replicate = client(), output = await replicate.run(LANGUAGE, {input: {prompt: 'Hello'}});
    assert.ok(output.length > 1 && output.every(word => typeof word === 'string'));
    assert.deepEqual(paths(replicate), [`POST /v1/models/${LANGUAGE}/predictions`]);
    const error = await refused(client().run('rossjillian/controlnet', {input: PICTURE}), 404,
        '{"detail":"The requested resource could not be found.","status":404}');
    assert.equal(error.response.headers.get('content-type'), 'application/problem+json');
});

test('run, polling, and what progress sees', LIMIT, async () => {
    const replicate = client(), seen = [];
    const output = await replicate.run(CANARY, {input: {text: 'x'}, wait: {mode: 'poll', interval: 10}},
        ({status}) => seen.push(status));
    assert.equal(output.join('').trim(), 'hello there, x');
    assert.equal(replicate.sent[0][2].Prefer, undefined);
    assert.equal(paths(replicate)[1].split('/').slice(0, 3).join('/'), 'GET /v1/predictions');
    assert.deepEqual([seen[0], seen.at(-1)], ['starting', 'succeeded']);
});

test('run whose wait ends first goes on by polling', LIMIT, async () => {
    const replicate = client(), seen = [];
    const output = await replicate.run(CANARY, {input: {text: 'x'}, wait: {mode: 'block', timeout: 1}},
        prediction => seen.push(prediction));
    // Anything but "starting" were taken for the end, and null for the output.
    assert.deepEqual([seen[0].status, seen[0].output], ['starting', null]);
    assert.equal(replicate.sent[0][2].Prefer, 'wait=1');
    assert.equal(output.join('').trim(), 'hello there, x');
});

test('a run that is aborted is canceled', LIMIT, async () => {
    const replicate = client(), stop = new AbortController();
    await stopTheClock(replicate);
    const output = await replicate.run(CANARY, {
        input: {text: 'x'}, wait: {mode: 'poll', interval: 10}, signal: stop.signal,
    }, ({status}) => status === 'starting' && stop.abort()).catch(({name}) => name);
    assert.ok([null, 'AbortError'].includes(output), `${output}`);
});

test('stream: text, files, files as text', LIMIT, async () => {
    const replicate = client(), events = [];
    for await (const event of replicate.stream(LANGUAGE, {input: {prompt: 'Hello'}}))
        events.push(event);
    const words = events.slice(0, -1);
    assert.ok(words.length > 1 && words.every(({event, id}) => event === 'output' && id));
    assert.deepEqual([events.at(-1).event, events.at(-1).data], ['done', '{}']);
    const [{output}] = (await replicate.predictions.list()).results;
    assert.deepEqual(words.map(String), output);
    // Neither the client's token nor its name goes there.
    assert.deepEqual(replicate.sent[1][2], {Accept: 'text/event-stream'});
    assert.ok(replicate.sent[1][1].startsWith('/v1/streams/'));

    const pictures = [];
    for await (const {event, data} of replicate.stream(IMAGES, {input: {prompt: 'x'}}))
        if (event === 'output')
            pictures.push(data);
    assert.ok(pictures.length > 0);
    for (const picture of pictures) {
        const blob = await picture.blob();
        assert.match(blob.type, /^image\//);
        assert.ok(blob.size > 100 && picture.url().href === String(picture));
    }
    for await (const {event, data} of replicate.stream(IMAGES, {input: {prompt: 'x'}, useFileOutput: false}))
        assert.equal(typeof data, 'string', event);
});

test('outputs: http stays text, data becomes a file', LIMIT, async () => {
    const replicate = client(), http = await replicate.run(CONTROLNET, {input: PICTURE});
    assert.ok(http[0].startsWith(`${server.url}/delivery/`));
    const made = await replicate.predictions.create({version: CONTROLNET, input: PICTURE});
    await rule(replicate, 'predictions.create', {status: 201, body: {...made, status: 'processing',
        output: ['data:text/plain;base64,aGVsbG8=']}});
    const [file] = await replicate.run(CONTROLNET, {input: PICTURE});
    assert.equal(await (await file.blob()).text(), 'hello');
    const plain = client({useFileOutput: false, auth: replicate.auth});
    assert.deepEqual(await plain.run(CONTROLNET, {input: PICTURE}), ['data:text/plain;base64,aGVsbG8=']);
});

test('outputs: files, where they stand in output themselves', LIMIT, async () => {
    const inlining = await serve(process.argv[2], '--output-urls', 'data', '--boot', '10ms', '--predict', '100ms');
    const replicate = client({baseUrl: `${inlining.url}/v1`});
    for (const wait of [{mode: 'block'}, {mode: 'poll', interval: 10}]) {
        const [file] = await replicate.run(CONTROLNET, {input: PICTURE, wait});
        const blob = await file.blob();
        assert.equal(blob.type, 'image/png');
        assert.equal(Buffer.from(await blob.arrayBuffer()).toString('latin1', 1, 4), 'PNG');
    }
    let streamed = 0;
    for await (const {event, data} of replicate.stream(IMAGES, {input: {prompt: 'x'}}))
        if (event === 'output') {
            assert.equal((await data.blob()).type, 'image/webp');
            streamed++;
        }
    assert.equal(streamed, 1);
    await inlining.stop();
});

test('a prediction that fails', LIMIT, async () => {
    const replicate = client(), made = await replicate.predictions.create({version: CONTROLNET, input: PICTURE});
    await rule(replicate, 'predictions.create', {status: 201, body: {...made, status: 'failed', error: 'out of luck'}});
    await assert.rejects(replicate.run(CONTROLNET, {input: PICTURE}), {message: 'Prediction failed: out of luck'});
});

test('files', LIMIT, async () => {
    const replicate = client();
    const small = new File(['hello'], 'greeting.txt', {type: 'text/plain'});
    const made = await replicate.files.create(small, {kind: 'greeting'});
    assert.deepEqual([made.name, made.content_type, made.size, made.metadata],
        ['greeting.txt', 'text/plain', 5, {kind: 'greeting'}]);
    assert.equal(made.checksums.sha256, sha256('hello'));
    assert.equal(made.urls.get, `${server.url}/v1/files/${made.id}`);
    assert.deepEqual(await replicate.files.get(made.id), made);

    const sizes = [5 << 20, 60 << 20];
    for (const size of sizes) {
        const bytes = randomBytes(size), file = await replicate.files.create(bytes);
        assert.deepEqual([file.size, file.content_type], [size, 'application/octet-stream']);
        assert.equal(file.checksums.sha256, sha256(bytes));
    }
    const {results} = await replicate.files.list();
    assert.deepEqual(results.map(({size}) => size), [...sizes.reverse(), 5]);
    assert.equal(await replicate.files.delete(made.id), true);
    await refused(replicate.files.get(made.id), 404, '"detail"');
});

test('files in the input go up first', LIMIT, async () => {
    const replicate = client(), png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk' +
        '+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    for (const image of [png, new Blob([png], {type: 'image/png'}), new File([png], 'a.png', {type: 'image/png'})]) {
        replicate.sent.length = 0;
        await replicate.run(CONTROLNET, {input: {...PICTURE, image}});
        assert.deepEqual(paths(replicate), ['POST /v1/files', 'POST /v1/predictions']);
        const [{input}] = (await replicate.predictions.list()).results, [file] = (await replicate.files.list()).results;
        assert.equal(input.image, file.urls.get);
        assert.equal(file.checksums.sha256, sha256(png));
    }
    // It takes the way of data URIs where the upload fails with a 5xx, and ends where it is a 4xx.
    await rule(replicate, 'files.create', {status: 503}, 1);
    const blob = new Blob([png], {type: 'image/png'});
    await replicate.run(CONTROLNET, {input: {...PICTURE, image: blob}});
    assert.equal((await replicate.predictions.list()).results[0].input.image,
        `data:image/png;base64,${png.toString('base64')}`);
    await rule(replicate, 'files.create', {status: 413}, 1);
    await refused(replicate.run(CONTROLNET, {input: {...PICTURE, image: blob}}), 413, '"detail"');
});

test('deployments', LIMIT, async () => {
    const replicate = client(), {username} = await replicate.accounts.current();
    const [{sku}] = await replicate.hardware.list(), version = await versionOf(replicate, HELLO);
    const settings = {model: HELLO, version, hardware: sku, min_instances: 0, max_instances: 1};
    const made = await replicate.deployments.create({name: 'greeter', ...settings});
    assert.deepEqual([made.owner, made.name, made.current_release.number], [username, 'greeter', 1]);
    assert.deepEqual(made.current_release.configuration, {hardware: sku, min_instances: 0, max_instances: 1});
    const changed = await replicate.deployments.update(username, 'greeter', {max_instances: 3});
    assert.deepEqual([changed.current_release.number, changed.current_release.configuration.max_instances], [2, 3]);
    assert.deepEqual(await replicate.deployments.get(username, 'greeter'), changed);
    assert.deepEqual((await replicate.deployments.list()).results, [changed]);
    const prediction = await replicate.deployments.predictions.create(username, 'greeter',
        {input: {text: 'Alice'}, wait: true});
    assert.equal(prediction.output, 'hello Alice');
    assert.equal(await replicate.deployments.delete(username, 'greeter'), true);
    await refused(replicate.deployments.get(username, 'greeter'), 404, '"detail"');
});

/** The model that can be trained, and input that it takes. */
async function trainable(replicate) {
    for await (const page of replicate.paginate(replicate.models.list))
        for (const {owner, name, latest_version: version} of page) {
            const schema = version?.openapi_schema.components.schemas.TrainingInput;
            if (!schema)
                continue;
            const values = (schema.required ?? []).map(key =>
                [key, schema.properties[key].format === 'uri' ? 'https://example.com/data.zip' : 'x']);
            return {owner, name, version: version.id, input: Object.fromEntries(values)};
        }
    return assert.fail('no model can be trained');
}

test('trainings', LIMIT, async () => {
    const replicate = client(), {username} = await replicate.accounts.current();
    const {owner, name, version, input} = await trainable(replicate), [{sku}] = await replicate.hardware.list();
    const destination = `${username}/trained`, webhook = `${server.url}/_mock/inbox/trainings`;
    await refused(replicate.trainings.create(owner, name, version, {destination, input}), 404,
        'The specified training destination does not exist');
    await replicate.models.create(username, 'trained', {visibility: 'private', hardware: sku});
    const made = await replicate.trainings.create(owner, name, version,
        {destination, input, webhook, webhook_events_filter: ['completed']});
    assert.deepEqual([made.status, made.model], ['starting', `${owner}/${name}`]);
    await settle(replicate);
    const done = await replicate.trainings.get(made.id);
    assert.deepEqual([done.status, done.error], ['succeeded', null]);
    assert.ok(done.output.version.startsWith(`${destination}:`), JSON.stringify(done.output));
    const {results} = await replicate.models.versions.list(username, 'trained');
    assert.equal(`${destination}:${results[0].id}`, done.output.version);
    const [delivery] = (await mock(replicate, 'GET', 'inbox/trainings')).results;
    assert.equal(JSON.parse(delivery.body).id, made.id);

    await stopTheClock(replicate);
    const other = await replicate.trainings.create(owner, name, version, {destination, input});
    assert.equal((await replicate.trainings.cancel(other.id)).status, 'canceled');
    assert.deepEqual((await replicate.trainings.list()).results.map(({id}) => id), [other.id, made.id]);
});

test('a webhook as it comes', LIMIT, async () => {
    const replicate = client(), {key: secret} = await replicate.webhooks.default.secret.get();
    await replicate.run(CONTROLNET, {input: PICTURE, webhook: `${server.url}/_mock/inbox/mine`});
    await settle(replicate);
    const [{headers, body}] = (await mock(replicate, 'GET', 'inbox/mine')).results;
    assert.equal(JSON.parse(body).status, 'succeeded');
    const parts = {id: headers['webhook-id'], timestamp: headers['webhook-timestamp'],
        signature: headers['webhook-signature'], body, secret};
    assert.equal(await validateWebhook(parts), true);
    assert.equal(await validateWebhook(new Request('http://localhost/', {method: 'POST', headers, body}), secret), true);
    assert.equal(await validateWebhook({...parts, body: `${body} `}), false);
    await assert.rejects(replicate.predictions.create({version: CONTROLNET, input: PICTURE, webhook: 'nonsense'}),
        {message: 'Invalid webhook URL'});
});

test('logs tell progress', LIMIT, async () => {
    const replicate = client(), made = await replicate.predictions.create({version: CONTROLNET, input: PICTURE});
    const done = await replicate.wait(made, {interval: 20});
    assert.deepEqual(parseProgressFromLogs(done), {percentage: 1, current: 20, total: 20});
});

test('errors', LIMIT, async () => {
    const replicate = client(), ask = () => replicate.predictions.create({version: CONTROLNET, input: PICTURE});
    await refused(client().predictions.get('nothing'), 404,
        '404 Not Found: {"detail":"The requested resource could not be found.","status":404}');
    await refused(replicate.predictions.create({version: CONTROLNET, input: {}}), 422, '- input: image is required');
    await refused(replicate.predictions.create({version: 'nothing', input: {}}), 422, 'Invalid version or not permitted');
    await refused(replicate.predictions.create({version: CONTROLNET, input: PICTURE, inptu: 1}), 422,
        'Additional property inptu is not allowed');
    await rule(replicate, 'predictions.create', {status: 402}, 1);
    await refused(ask(), 402, '402 Payment Required: {"title":"Insufficient credit"');
});

test('429 is tried six times at once', LIMIT, async () => {
    const replicate = client(), ask = () => replicate.predictions.create({version: CONTROLNET, input: PICTURE});
    await rule(replicate, 'predictions.create', {status: 429}, 6 + 5);
    await refused(ask(), 429, '429 Too Many Requests: {"detail":"Request was throttled.');
    assert.equal(replicate.sent.length, 6);
    assert.equal((await ask()).status, 'starting');
    assert.equal(replicate.sent.length, 12);
    await rule(replicate, 'predictions.get', {status: 503}, 5);
    assert.equal((await replicate.predictions.get((await ask()).id)).error, null);
});

test('tokens', LIMIT, async () => {
    const strict = await serve(process.argv[2], '--token', 'r8_good');
    const at = auth => new Replicate({auth, baseUrl: `${strict.url}/v1`});
    await refused(at('r8_bad').predictions.list(), 401, '{"title":"Unauthenticated","detail":"You did not pass a valid ' +
        'authentication token","status":401}');
    await refused(at('').predictions.list(), 401, 'You did not pass an authentication token');
    assert.deepEqual((await at('r8_good').predictions.list()).results, []);
    await strict.stop();
});

test('request(), for what has no method', LIMIT, async () => {
    const answer = await client().request('/account', {method: 'GET'});
    assert.equal(answer.headers.get('content-type').split(';')[0], 'application/json');
});
