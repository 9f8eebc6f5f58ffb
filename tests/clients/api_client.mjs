// Asks a running server what a program built on the vendor's client asks, and prints the answers as
// JSON. Usage: node api_client.mjs http://127.0.0.1:8000/ [http://127.0.0.1:8000/nc/durham/ …]

import client from '@opendatasoft/api-client';

const {
    all, ApiClient, field, fromCatalog, list, NotFoundError, one, string, UserError,
} = client;

// The nearest class first: the others are its ancestors.
const REFUSALS = { NotFoundError, UserError };

const outcome = async (promise) => {
    try {
        return await promise;
    } catch (error) {
        const [kind] = Object.entries(REFUSALS).find(([, known]) => error instanceof known) ?? [error.name];
        return { refused: kind, details: error.details };
    }
};

const ask = async (domain) => {
    const client = new ApiClient({ domain });
    const population = fromCatalog().dataset('population');
    const queries = {
        links: fromCatalog().itself(),
        datasets: fromCatalog().datasets().limit(100).orderBy('dataset_id'),
        datasetCount: fromCatalog().datasets().limit(0),
        catalogFacets: fromCatalog().facets(),
        catalogExport: fromCatalog().export('json'),
        dataset: population.itself(),
        facets: population.facets().facet('series').refine(`${field('state')}:${string('NC')}`),
        records: population.records()
            .where(all(one(`${field('year')} = 2020`, `${field('year')} = 2021`), 'population > 1'))
            .where((held) => all(held, `not (${field('place_name')} = ${string('No "such" place')})`))
            .orderBy(list('geoid', '-year'))
            .limit(3),
        groups: population.records()
            .select('sum(population) as people')
            .groupBy(field('year'))
            .orderBy('year')
            .limit(20),
        export: population.export('json').select(list(field('geoid'), field('year'))).limit(5),
        unknownDataset: fromCatalog().dataset('no-such-dataset').itself(),
        unknownField: population.records().where('no_such_field = 1'),
        brokenQuery: population.records().where('population =='),
        hugeLimit: population.records().limit(1486),
    };
    const answers = {};
    for (const [name, query] of Object.entries(queries)) {
        answers[name] = await outcome(client.get(query));
    }
    const first = answers.records.results?.[0];
    if (first) {
        const id = encodeURIComponent(`${first.geoid}-${first.series}-${first.year}`);
        answers.record = await outcome(client.get(population.record(id)));
    }
    return answers;
};

const answers = {};
for (const domain of process.argv.slice(2)) answers[domain] = await ask(domain);
console.log(JSON.stringify(answers));
