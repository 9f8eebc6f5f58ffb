import { boxOf } from "./map-ground.js";

// One layer of a map: points drawn as signs, gathered into counted circles where they crowd; or
// shapes. What it shows is asked of the server when it is first switched on.
const GATHERED_PX = 44;
const GATHERED_UP_TO_ZOOM = 14;
const SHAPES_FROM_ZOOM = 8;
const SIGN_PX = 22;
const MOST_TOLD = 5;

const LOCALE = `${document.documentElement.lang}-US`;
const written = (count) => count.toLocaleString(LOCALE);

const isMany = [">", ["coalesce", ["get", "records"], ["get", "count"]], 1];
const records = ["coalesce", ["get", "records"], ["get", "count"]];

// The sign as an image twice as large as it is drawn, with a white edge.
function signImage(path, color) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * SIGN_PX;
  const pen = canvas.getContext("2d");
  pen.scale((2 * SIGN_PX) / 20, (2 * SIGN_PX) / 20);
  pen.translate(2, 2);
  const shape = new Path2D(path);
  pen.lineWidth = 2.5;
  pen.lineJoin = "round";
  pen.strokeStyle = "#ffffff";
  pen.stroke(shape);
  pen.fillStyle = color;
  pen.fill(shape);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function element(name, className, text) {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

export class Points {
  #asked = null;
  #inCells = false;

  constructor(library, map, layer) {
    this.library = library;
    this.map = map;
    this.layer = layer;
    this.source = `layer-${layer.index}`;
  }

  async show(on) {
    if (on && !this.#asked) {
      this.#asked = this.#begin();
      await this.#asked;
    }
    for (const id of this.#ids) {
      if (this.map.getLayer(id)) {
        this.map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
      }
    }
  }

  get #ids() {
    return ["fill", "line", "center", "many", "count", "sign"].map((part) => `${this.source}-${part}`);
  }

  async #ask(box) {
    const address = new URL(this.layer.address, location.href);
    if (box) address.searchParams.set("box", box.map((degrees) => degrees.toFixed(5)).join(","));
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    return answer.json();
  }

  async #begin() {
    const found = await this.#ask();
    this.#inCells = found.in_cells;
    const hasShapes = found.features.some(({ geometry }) => !geometry.type.includes("Point"));
    this.map.addSource(this.source, {
      type: "geojson",
      data: found,
      ...(!hasShapes && {
        cluster: true,
        clusterRadius: GATHERED_PX,
        clusterMaxZoom: GATHERED_UP_TO_ZOOM,
        clusterProperties: { records: ["+", ["get", "count"]] },
      }),
    });
    if (hasShapes) this.#addShapes(found);
    else this.#addPoints();
    if (this.#inCells) this.map.on("moveend", () => this.#lookCloser());
  }

  // Cells that count are parted anew whenever the map shows another part of the globe.
  async #lookCloser() {
    const bounds = this.map.getBounds();
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    try {
      this.map.getSource(this.source).setData(await this.#ask(box));
    } catch (error) {
      console.warn("The map keeps what it has:", error);
    }
  }

  // From afar a shape is too small to be seen: a point marks it.
  #addShapes(found) {
    const { color } = this.layer;
    const centers = found.features.map((feature) => {
      const [west, south, east, north] = boxOf(feature);
      const center = { type: "Point", coordinates: [(west + east) / 2, (south + north) / 2] };
      return { ...feature, geometry: center };
    });
    this.map.addSource(`${this.source}-centers`, {
      type: "geojson",
      data: { type: "FeatureCollection", features: centers },
    });
    this.#add("fill", {
      type: "fill",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": color, "fill-opacity": 0.25 },
    });
    this.#add("line", { type: "line", paint: { "line-color": color, "line-width": 2 } });
    this.#add("center", {
      source: `${this.source}-centers`,
      type: "circle",
      maxzoom: SHAPES_FROM_ZOOM,
      paint: {
        "circle-color": color,
        "circle-radius": 6,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 2,
      },
    });
    for (const part of ["fill", "center"]) {
      this.#onClick(part, (event) => this.#tell(event.features, event.lngLat));
    }
  }

  #addPoints() {
    const { color, sign } = this.layer;
    const image = `${this.source}-image`;
    this.map.addImage(image, signImage(sign, color), { pixelRatio: 2 });
    this.#add("many", {
      type: "circle",
      filter: isMany,
      paint: {
        "circle-color": color,
        "circle-opacity": 0.9,
        "circle-radius": ["interpolate", ["linear"], ["log10", records], 0, 11, 2, 17, 5, 30],
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 2,
      },
    });
    this.#add("count", {
      type: "symbol",
      filter: isMany,
      layout: {
        "text-field": ["number-format", records, { locale: LOCALE }],
        "text-font": ["Public Sans"],
        "text-size": 12,
        "text-allow-overlap": true,
      },
      paint: { "text-color": "#ffffff" },
    });
    this.#add("sign", {
      type: "symbol",
      filter: ["!", isMany],
      layout: { "icon-image": image, "icon-allow-overlap": true },
    });
    this.#onClick("many", (event) => this.#open(event));
    this.#onClick("sign", (event) => this.#tell(event.features, event.lngLat));
  }

  #add(part, definition) {
    this.map.addLayer({ id: `${this.source}-${part}`, source: this.source, ...definition });
  }

  #onClick(part, act) {
    const id = `${this.source}-${part}`;
    this.map.on("click", id, act);
    const canvas = this.map.getCanvas();
    this.map.on("mouseenter", id, () => (canvas.style.cursor = "pointer"));
    this.map.on("mouseleave", id, () => (canvas.style.cursor = ""));
  }

  // A circle that counts leads closer; where there is no closer, it says what it stands for.
  async #open({ features, lngLat }) {
    const [{ properties, geometry }] = features;
    const closest = this.map.getZoom() > this.map.getMaxZoom() - 0.5;
    if (closest) {
      this.#tell(features, lngLat);
      return;
    }
    const zoom = properties.cluster_id
      ? await this.map.getSource(this.source).getClusterExpansionZoom(properties.cluster_id)
      : this.map.getZoom() + 2;
    this.map.easeTo({ center: geometry.coordinates, zoom: Math.min(zoom, this.map.getMaxZoom()) });
  }

  #tell(features, where) {
    const body = element("div", "map__told", "");
    body.append(element("p", "map__theme", this.layer.title));
    for (const { properties } of features.slice(0, MOST_TOLD)) body.append(...this.#words(properties));
    if (features.length > MOST_TOLD) {
      const more = written(features.length - MOST_TOLD);
      body.append(element("p", "", this.layer.words.more.replace("{count}", more)));
    }
    const link = element("a", "", this.layer.words.table);
    link.href = this.layer.table;
    body.append(link);
    new this.library.Popup({ maxWidth: "20rem" }).setLngLat(where).setDOMContent(body).addTo(this.map);
  }

  #words(properties) {
    const count = properties.records ?? properties.count;
    if (count > 1 || !properties.title) {
      const { record, records } = this.layer.words;
      const text = count > 1 ? records.replace("{count}", written(count)) : record;
      return [element("p", "map__name", text)];
    }
    const list = element("dl", "map__facts", "");
    for (const [name, value] of properties.lines) {
      list.append(element("dt", "", name), element("dd", "", value));
    }
    return [element("p", "map__name", properties.title), list];
  }
}
