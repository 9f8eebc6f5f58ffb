// Builds what the portal serves into ../lambdas/portal/static: styles, scripts, fonts, outlines.
//
// Everything but manifest.json is served under /assets/{build}/, where {build} is a checksum of it all:
// the addresses may be cached for good, and change when any byte does.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";
import subsetFont from "subset-font";
import { outlines } from "./outlines.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "../lambdas/portal/static");
const MODULES = join(HERE, "node_modules");
const USWDS = join(MODULES, "@uswds/uswds");
const CHART_FONT = join(USWDS, "dist/fonts/public-sans/PublicSans-Regular.ttf");

// What charts write: numbers, names of places and fields.
const CHART_CHARACTERS = [
  ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)),
  ..."ÁÉÍÑÓÚÜáéíñóúüçèêâôû–—−±·’“”%$",
].join("");

async function styles() {
  const compiled = sass.compile(join(HERE, "src/styles/index.scss"), {
    loadPaths: [join(USWDS, "packages")],
    quietDeps: true,
    style: "compressed",
  });
  await writeFile(join(OUT, "styles.css"), compiled.css);
  const named = compiled.css.matchAll(/url\(["']?((?:img|fonts)\/[^"')]+)["']?\)/g);
  for (const name of new Set([...named].map(([, address]) => address))) {
    await cp(join(USWDS, "dist", name), join(OUT, name));
  }
}

async function scripts() {
  await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: ["src/scripts/map.js", "src/scripts/suggest.js", "src/scripts/copy.js"],
    outdir: OUT,
    bundle: true,
    chunkNames: "[name]-[hash]",
    format: "esm",
    legalComments: "linked",
    logLevel: "warning",
    minify: true,
    splitting: true,
    target: "es2022",
  });
  await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: { map: "node_modules/maplibre-gl/dist/maplibre-gl.css" },
    outdir: OUT,
    loader: { ".svg": "dataurl" },
    logLevel: "warning",
    minify: true,
  });
  await cp(
    join(MODULES, "maplibre-gl/dist/maplibre-gl-worker.mjs"),
    join(OUT, "maplibre-worker.mjs"),
  );
}

// A picture in an <img> cannot reach the page's fonts, so charts carry the letters they need.
async function chartFont() {
  const subset = await subsetFont(await readFile(CHART_FONT), CHART_CHARACTERS, {
    targetFormat: "woff2",
  });
  await writeFile(
    join(OUT, "chart-font.css"),
    '@font-face{font-family:"Public Sans";' +
      `src:url(data:font/woff2;base64,${subset.toString("base64")})format("woff2")}`,
  );
}

async function files(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

async function manifest() {
  const names = await files(OUT);
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(await readFile(join(OUT, name)));
  const build = hash.digest("hex").slice(0, 12);
  await writeFile(join(OUT, "manifest.json"), JSON.stringify({ build, files: names }, null, 1));
  return build;
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
await cp(join(HERE, "src/images"), OUT, { recursive: true });
await Promise.all([styles(), scripts(), chartFont(), outlines(join(OUT, "outlines"))]);
console.log(`built ${await manifest()} into ${relative(process.cwd(), OUT)}`);
