// Outlines of states and counties, from the Census Bureau's cartographic boundaries (us-atlas, 1:10,000,000).
//
// {FIPS}.json holds one state and its counties, nation.json all states in less detail: GeoJSON with
// coordinates in degrees, to three decimals (about 100 m).
import { createRequire } from "node:module";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { feature } from "topojson-client";
import { presimplify, quantile, simplify } from "topojson-simplify";

const require = createRequire(import.meta.url);
const ALASKA = "02";

const round = (degrees) => Math.round(degrees * 1000) / 1000;

// Alaska crosses the 180th meridian; its far islands are drawn where they lie, west of the rest.
const position = (id) => ([lon, lat]) => [
  round(id.startsWith(ALASKA) && lon > 0 ? lon - 360 : lon),
  round(lat),
];

function shape(topology, geometry, kind) {
  const { coordinates, type } = feature(topology, geometry).geometry;
  const ring = (points) => points.map(position(geometry.id));
  return {
    type: "Feature",
    properties: { kind, id: geometry.id, name: geometry.properties.name },
    geometry: {
      type,
      coordinates: type === "Polygon" ? coordinates.map(ring) : coordinates.map((part) => part.map(ring)),
    },
  };
}

const collection = (features) => JSON.stringify({ type: "FeatureCollection", features });

export async function outlines(folder) {
  await mkdir(folder, { recursive: true });
  const topology = JSON.parse(await readFile(require.resolve("us-atlas/counties-10m.json")));
  const { states, counties } = topology.objects;
  for (const state of states.geometries) {
    const parts = counties.geometries.filter((county) => county.id.startsWith(state.id));
    await writeFile(
      join(folder, `${state.id}.json`),
      collection([
        shape(topology, state, "state"),
        ...parts.map((county) => shape(topology, county, "county")),
      ]),
    );
  }
  const weighted = presimplify(topology);
  const coarse = simplify(weighted, quantile(weighted, 0.6));
  await writeFile(
    join(folder, "nation.json"),
    collection(states.geometries.map((state) => shape(coarse, state, "state"))),
  );
}
