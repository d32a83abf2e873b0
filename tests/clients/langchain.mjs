// LangChain's Replicate for JavaScript, which makes its client itself and names no address: it runs where Replicate's
// names lead to the server.
import assert from 'node:assert/strict';
import {webcrypto} from 'node:crypto';
import test from 'node:test';

import {Replicate} from '@langchain/community/llms/replicate';
import Client from 'replicate';

globalThis.crypto ??= webcrypto; // node 18 keeps it to itself, and the client asks for it there

const CANARY = 'replicate/canary:30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272';
const LANGUAGE = 'meta/meta-llama-3-8b-instruct';
const plain = new Client();

const latest = async () => (await plain.predictions.list()).results[0];

test('invoke, of a version: the prompt goes where the schema has its first input', async () => {
    const answer = await new Replicate({model: CANARY}).invoke('Betty Browser');
    const {input, output, status, version} = await latest();
    assert.deepEqual(input, {text: 'Betty Browser'});
    assert.equal(answer, output.join(''));
    assert.deepEqual([status, version], ['succeeded', CANARY.split(':')[1]]);
});

test('invoke, of an official model', async () => {
    const model = new Replicate({model: LANGUAGE, promptKey: 'prompt', input: {max_tokens: 64}});
    const answer = await model.invoke('Hello');
    const {input, output} = await latest();
    assert.deepEqual(input, {prompt: 'Hello', max_tokens: 64});
    assert.equal(answer, output.join(''));
});

test('stream', async () => {
    const chunks = [];
    for await (const chunk of await new Replicate({model: LANGUAGE, promptKey: 'prompt'}).stream('Hello'))
        chunks.push(chunk);
    assert.ok(chunks.length > 5);
    assert.equal(chunks.join(''), (await latest()).output.join(''));
});

test('batch', async () => {
    const model = new Replicate({model: CANARY, promptKey: 'text'});
    const answers = await model.batch(['Betty', 'Browser', 'Bob']);
    assert.equal(answers.length, 3);
    assert.ok(answers.every(answer => answer.length > 0));
});

test('an error is said in the words of the server', async () => {
    const model = new Replicate({model: LANGUAGE, promptKey: 'prompt', input: {top_k: 'many'}, maxRetries: 0});
    await assert.rejects(model.invoke('Hello'), /status 422 .*input\.top_k: Invalid type/s);
});
