// What every map stands on: water, states, counties, and the city itself. The colors are those of
// the pictures that the server draws.
const INK = "#14333d";
const LAND = "#ffffff";
const LAND_AROUND = "#f1f6f8";
const LINE = "#adcfdc";
const LINE_STRONG = "#3a7d95";
const CITY = "#f6d3c0";
const CITY_EDGE = "#a23c00";
const POINT = "#cf4900";
const WATER = "#dae9ee";

const onlyStates = ["==", ["get", "kind"], "state"];

const line = (id, source, color, width, rest = {}) => ({
  id,
  source,
  type: "line",
  paint: { "line-color": color, "line-width": width },
  ...rest,
});

// Without `glyphs` the map writes with the page's own letters: nothing is asked of another host.
export function baseStyle({ nation, state }, credit) {
  const style = {
    version: 8,
    sources: { nation: { type: "geojson", data: nation, attribution: credit } },
    layers: [
      { id: "water", type: "background", paint: { "background-color": WATER } },
      {
        id: "nation",
        source: "nation",
        type: "fill",
        paint: { "fill-color": state ? LAND_AROUND : LAND },
      },
      line("nation-line", "nation", LINE, 1),
    ],
  };
  if (state) {
    style.sources.state = { type: "geojson", data: state };
    style.layers.push(
      {
        id: "state",
        source: "state",
        type: "fill",
        filter: onlyStates,
        paint: { "fill-color": LAND },
      },
      line("county-line", "state", LINE, 1),
      line("state-line", "state", LINE_STRONG, 2, { filter: onlyStates }),
    );
  }
  return style;
}

function outlineOf({ type, coordinates }) {
  const depth = { LineString: 0, MultiLineString: 1, Polygon: 1, MultiPolygon: 2 }[type];
  return coordinates.flat(depth);
}

export function boundaryLayers(map, boundary) {
  map.addSource("boundary", { type: "geojson", data: boundary });
  map.addLayer({
    id: "boundary",
    source: "boundary",
    type: "fill",
    paint: { "fill-color": CITY, "fill-opacity": 0.55 },
  });
  map.addLayer(line("boundary-line", "boundary", CITY_EDGE, 1.6));
}

export function label(library, map, point, name) {
  map.addSource("place", { type: "geojson", data: { type: "Point", coordinates: point } });
  map.addLayer({
    id: "halo",
    source: "place",
    type: "circle",
    paint: { "circle-radius": 18, "circle-color": POINT, "circle-opacity": 0.2 },
  });
  map.addLayer({
    id: "place",
    source: "place",
    type: "circle",
    paint: {
      "circle-radius": 7,
      "circle-color": POINT,
      "circle-stroke-color": LAND,
      "circle-stroke-width": 2,
    },
  });
  const element = document.createElement("span");
  element.className = "map__label";
  element.textContent = name;
  element.style.color = INK;
  new library.Marker({ element, anchor: "bottom", offset: [0, -12] }).setLngLat(point).addTo(map);
}

export function boxOf({ geometry }) {
  const points = outlineOf(geometry);
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
