// Asks a running server what a program built on the vendor's client asks, and prints the answers as
// JSON. Usage: node api_client.mjs http://127.0.0.1:8000/ [http://127.0.0.1:8000/nc/durham/ …]

import client from '@opendatasoft/api-client';

const {
    all, ApiClient, date, dateFromIsoString, dateTime, exactMatch, field, fromCatalog, fromDataNetwork,
    fromMonitoring, list, lower, not, NotFoundError, one, string, textSearch, textStartWith,
    textSuggest, UserError,
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
    const trees = fromCatalog().dataset('trees');
    const helpers = {
        textSearch: textSearch('oak'),
        textSearchField: textSearch('whte', ['name']),
        textStartWith: textStartWith('Oak', ['name']),
        textSuggest: textSuggest('oa'),
        exactMatch: exactMatch('name', "Oak's end"),
        dateTime: `seen_at = ${dateTime(new Date('2024-01-01T12:30:15.250Z'))}`,
        date: `planted_date: ${date({ year: 2021 })}`,
        dateOfMonth: `planted_date: ${date({ year: 2020, month: 3 })}`,
        dateFromIsoString: `planted_date = ${dateFromIsoString('2020-01-15')}`,
        not: not(exactMatch('name', 'Oak')),
        listOfConditions: `${field('number')} in (${list('2', undefined, '3')})`,
    };
    answers.helpers = {};
    for (const [name, where] of Object.entries(helpers)) {
        answers.helpers[name] = await outcome(client.get(trees.records().where(where)));
    }
    const more = {
        lowered: trees.records().select('count(*)').groupBy(lower('name')).limit(20),
        everything: trees.records()
            .select(list('number', `date_format(seen_at, 'EEEE') as ${field('day')}`))
            .where('is_alive')
            .orderBy('-seen_at')
            .limit(3).limit((held) => held - 1)
            .offset(1).offset((held) => held - 1)
            .lang('fr').timezone('America/New_York'),
        refinedFacets: trees.facets().facet('name').facet('tags')
            .refine(`${field('planted_date')}:2020`).exclude(`${field('name')}:${string('Oak')}`),
        monitoring: fromMonitoring().datasets().limit(1),
        dataNetwork: fromDataNetwork().datasets().limit(1),
    };
    for (const [name, query] of Object.entries(more)) answers[name] = await outcome(client.get(query));
    answers.intercepted = await client.get('/catalog/datasets?limit=1', {
        interceptRequest: async (request) => { request.headers.append('x-custom', 'a'); return request; },
        interceptResponse: async (response) => ({
            status: response.status, type: response.headers.get('content-type'),
        }),
    });
    return answers;
};

const answers = {};
for (const domain of process.argv.slice(2)) answers[domain] = await ask(domain);
console.log(JSON.stringify(answers));
