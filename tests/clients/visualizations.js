// In a page: the vendor's client reads, the vendor's components draw. Gives what they drew.

async (domain) => {
    const { ApiClient, fromCatalog } = window.opendatasoft.apiclient;
    const { _ChartJs, Chart, KpiCard, PoiMap, Table } = window.opendatasoft.visualizations;
    const client = new ApiClient({ domain });
    const population = fromCatalog().dataset('population');
    const place = (id) => document.getElementById(id);
    const shown = async (condition) => {
        for (let tries = 0; tries < 200; tries += 1) {
            const found = condition();
            if (found) return found;
            await new Promise((done) => { setTimeout(done, 50); });
        }
        throw new Error(`never shown: ${condition}`);
    };

    const byYear = await client.get(population.records()
        .select('sum(population) as people').groupBy('year').orderBy('year').limit(20));
    new Chart(place('chart'), { value: byYear.results, loading: false }, {
        labelColumn: 'year',
        series: [{ type: 'bar', valueColumn: 'people', label: 'People', backgroundColor: '#1a4480' }],
        axis: { x: { type: 'category', display: true }, y: { type: 'linear', display: true } },
        title: { text: 'People by year' },
        aspectRatio: 2,
    });

    const total = await client.get(population.records()
        .select('sum(population) as people').where('year = 2020'));
    new KpiCard(place('kpi'), { value: total.results[0].people, loading: false }, {
        title: 'People in 2020', format: (number) => number.toLocaleString('en'),
        formatCompact: (number) => number.toLocaleString('en'),
    });

    const trees = await client.get(fromCatalog().dataset('trees').records()
        .where('name is not null').orderBy('geoid, number').limit(10));
    new Table(place('table'), { value: trees.results, loading: false }, {
        columns: [
            { title: 'Name', key: 'name', dataFormat: 'short-text' },
            { title: 'Height', key: 'height_m', dataFormat: 'number' },
            { title: 'Planted', key: 'planted_date', dataFormat: 'date' },
            { title: 'Alive', key: 'is_alive', dataFormat: 'boolean' },
        ],
    });

    const points = await client.get(fromCatalog().dataset('trees').export('geojson')
        .where('number <= 2'));
    new PoiMap(place('map'), {
        value: {
            sources: { trees: { type: 'geojson', data: points } },
            layers: [{ id: 'trees', source: 'trees', type: 'circle', color: '#ff0000', circleRadius: 12 }],
        },
        loading: false,
    }, { style: { sources: {}, layers: [] }, bbox: [-80, 34, -69, 44], aspectRatio: 1.5, interactive: false });

    const canvas = await shown(() => place('chart').querySelector('canvas'));
    const chart = await shown(() => (_ChartJs.Chart ?? _ChartJs).getChart(canvas));
    await shown(() => place('map').querySelector('canvas'));
    await shown(() => place('table').querySelectorAll('tbody tr').length === trees.results.length);
    await new Promise((done) => { setTimeout(done, 1500); });
    return {
        labels: chart.data.labels,
        bars: chart.getDatasetMeta(0).data.map((bar) => Math.round(bar.height)),
        values: chart.data.datasets[0].data.map((one) => one.people ?? one),
        kpi: place('kpi').innerText,
        table: [...place('table').querySelectorAll('tr')]
            .map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.innerText)),
        points: points.features.length,
    };
}
