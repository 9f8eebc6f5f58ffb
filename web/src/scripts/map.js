// Turns the locator picture of a city's page into a map that can be moved.
//
// Without WebGL, or if anything fails to load, the picture stays.
const INK = "#14333d";
const LAND = "#ffffff";
const LAND_AROUND = "#f1f6f8";
const LINE = "#adcfdc";
const LINE_STRONG = "#3a7d95";
const POINT = "#c3541d";
const WATER = "#dae9ee";

const hasWebGL = () => Boolean(document.createElement("canvas").getContext("webgl2"));

function loadStyles(address) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
    document.head.append(link);
  });
}

const outline = (id, source, color, width) => ({
  id,
  source,
  type: "line",
  paint: { "line-color": color, "line-width": width },
});

function baseLayer(figure, point) {
  return {
    version: 8,
    sources: {
      nation: { type: "geojson", data: figure.dataset.nation },
      state: {
        type: "geojson",
        data: figure.dataset.state,
        attribution: "Boundaries: U.S. Census Bureau",
      },
      place: { type: "geojson", data: { type: "Point", coordinates: point } },
    },
    layers: [
      { id: "water", type: "background", paint: { "background-color": WATER } },
      { id: "nation", source: "nation", type: "fill", paint: { "fill-color": LAND_AROUND } },
      outline("nation-line", "nation", LINE, 1),
      {
        id: "state",
        source: "state",
        type: "fill",
        filter: ["==", ["get", "kind"], "state"],
        paint: { "fill-color": LAND },
      },
      outline("county-line", "state", LINE, 1),
      {
        ...outline("state-line", "state", LINE_STRONG, 2),
        filter: ["==", ["get", "kind"], "state"],
      },
      {
        id: "halo",
        source: "place",
        type: "circle",
        paint: { "circle-radius": 18, "circle-color": POINT, "circle-opacity": 0.2 },
      },
      {
        id: "place",
        source: "place",
        type: "circle",
        paint: {
          "circle-radius": 7,
          "circle-color": POINT,
          "circle-stroke-color": LAND,
          "circle-stroke-width": 2,
        },
      },
    ],
  };
}

function label(text) {
  const element = document.createElement("span");
  element.className = "map__label";
  element.textContent = text;
  element.style.color = INK;
  return element;
}

async function show(figure) {
  const [library] = await Promise.all([
    import("maplibre-gl"),
    loadStyles(new URL("map.css", import.meta.url)),
  ]);
  library.setWorkerUrl(new URL("maplibre-worker.mjs", import.meta.url).href);
  const point = [Number(figure.dataset.lon), Number(figure.dataset.lat)];
  const container = document.createElement("div");
  container.className = "map__canvas";
  const map = new library.Map({
    container,
    style: baseLayer(figure, point),
    center: point,
    zoom: 6.3,
    minZoom: 3,
    maxZoom: 11,
    attributionControl: { compact: false },
    cooperativeGestures: true,
    dragRotate: false,
    pitchWithRotate: false,
    locale: { "Map.Title": figure.dataset.title },
  });
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new library.ScaleControl({ unit: "imperial" }));
  new library.Marker({ element: label(figure.dataset.name), anchor: "bottom", offset: [0, -12] })
    .setLngLat(point)
    .addTo(map);
  map.once("load", () => figure.classList.add("map--live"));
  figure.append(container);
  map.resize();
}

for (const figure of document.querySelectorAll("[data-map]")) {
  if (hasWebGL()) show(figure).catch((error) => console.warn("The map stays a picture:", error));
}
