// Turns the picture of a map into one that can be moved.
//
// Without WebGL, or if anything fails to load, the picture stays.
import { baseStyle, boundaryLayers, boxOf, label } from "./map-ground.js";
import { Points } from "./map-points.js";

const CLOSEST = 16;
const STATE_ZOOM = 6.3;

const hasWebGL = () => Boolean(document.createElement("canvas").getContext("webgl2"));

const read = (figure, name) => (figure.dataset[name] ? JSON.parse(figure.dataset[name]) : null);

function loadStyles(address) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
    document.head.append(link);
  });
}

async function askForBoundary(figure) {
  const address = figure.dataset.boundary;
  if (!address) return null;
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  const { results } = await answer.json();
  return results.length ? Object.values(results[0])[0] : null;
}

function corners([west, south, east, north]) {
  return [
    [west, south],
    [east, north],
  ];
}

// The switches beside the map are hidden until they have something to switch.
function connect(figure, points) {
  const scope = figure.closest("[data-map-scope]") ?? figure;
  for (const [index, layer] of points.entries()) {
    const box = scope.querySelector(`input[data-layer="${index}"]`);
    if (!box) {
      layer.show(true);
      continue;
    }
    box.hidden = false;
    box.addEventListener("change", () => layer.show(box.checked));
    layer.show(box.checked);
  }
}

async function show(figure) {
  const [library, boundary] = await Promise.all([
    import("maplibre-gl"),
    askForBoundary(figure),
    loadStyles(new URL("map.css", import.meta.url)),
  ]);
  library.setWorkerUrl(new URL("maplibre-worker.mjs", import.meta.url).href);
  const point = read(figure, "point");
  const words = read(figure, "words");
  const layers = read(figure, "layers") ?? [];
  const box = read(figure, "box") ?? (boundary && boxOf(boundary));
  const container = document.createElement("div");
  container.className = "map__canvas";
  figure.append(container);
  const map = new library.Map({
    container,
    style: baseStyle(figure.dataset, words.credit),
    ...(box
      ? { bounds: corners(box), fitBoundsOptions: { padding: 36, maxZoom: 13 } }
      : { center: point, zoom: STATE_ZOOM }),
    minZoom: 2,
    maxZoom: CLOSEST,
    attributionControl: { compact: false },
    cooperativeGestures: true,
    dragRotate: false,
    pitchWithRotate: false,
    locale: { "Map.Title": figure.dataset.title, ...words.controls },
  });
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new library.ScaleControl({ unit: "imperial" }));
  await map.once("load");
  if (boundary) boundaryLayers(map, boundary);
  else if (point) label(library, map, point, figure.dataset.name);
  connect(
    figure,
    layers.map((layer, index) => new Points(library, map, { ...layer, index, words })),
  );
  figure.classList.add("map--live");
}

for (const figure of document.querySelectorAll("[data-map]")) {
  if (hasWebGL()) show(figure).catch((error) => console.warn("The map stays a picture:", error));
}
