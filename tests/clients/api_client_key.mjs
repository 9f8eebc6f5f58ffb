// Asks a running server what a program does that was given a key, with the vendor's own client, and
// prints the answers as JSON. Usage: node api_client_key.mjs http://127.0.0.1:8000/nc/durham/ KEY

import client from '@opendatasoft/api-client';

const { ApiClient, AuthenticationError, fromCatalog, NotFoundError, UserError } = client;

const [domain, apiKey] = process.argv.slice(2);
const wages = fromCatalog().dataset('wages');
const sent = [];

const watched = (options) => new ApiClient({
    domain,
    ...options,
    interceptRequest: async (request) => {
        sent.push(request.headers.get('authorization'));
        return request;
    },
});

const outcome = async (promise) => {
    try {
        return await promise;
    } catch (error) {
        const kinds = { AuthenticationError, NotFoundError, UserError };
        const [kind] = Object.entries(kinds).find(([, known]) => error instanceof known) ?? [error.name];
        return { refused: kind, details: error.details };
    }
};

const keyed = watched({ apiKey });
// With this option the client sends the key once more on each call.
const doubling = watched({ apiKey, headers: { 'X-Any': 'thing' } });

const answers = {
    stranger: await outcome(watched({}).get(wages.records())),
    records: await outcome(keyed.get(wages.records().limit(1))),
    export: await outcome(keyed.get(wages.export('json'))),
    datasets: await outcome(keyed.get(fromCatalog().datasets().limit(100).orderBy('dataset_id'))),
    once: await outcome(doubling.get(wages.records().limit(0))),
    twice: await outcome(doubling.get(wages.records().limit(0))),
    wrong: await outcome(watched({ apiKey: `${apiKey}x` }).get(fromCatalog().datasets())),
    usedUp: await outcome(keyed.get(wages.records())),
    doubled: sent.some((said) => said === `ApiKey ${apiKey}, ApiKey ${apiKey}`),
};
console.log(JSON.stringify(answers));
