// Runs at the edge before each request of a city's domain (CloudFront Functions, runtime 2.0).
//
// It puts the host into the key of the cache, so that no city is ever answered with another's page,
// and cuts the list of languages down to the one that our pages would choose, so that a page is kept
// twice and not once for every browser.

var SPOKEN = ["en", "es"];

function handler(event) {
  var headers = event.request.headers;
  headers["x-citylake-host"] = { value: headers.host.value };
  var asked = headers["accept-language"] ? headers["accept-language"].value : "";
  headers["accept-language"] = { value: preferred(asked) };
  return event.request;
}

function preferred(asked) {
  var best = SPOKEN[0];
  var most = 0;
  asked.split(",").forEach(function (entry) {
    var parts = entry.trim().toLowerCase().split(";");
    var language = parts[0].trim().split("-")[0];
    var weighed = /^\s*q=([0-9.]+)\s*$/.exec(parts[1] || "");
    var weight = parts[1] === undefined ? 1 : weighed ? Number(weighed[1]) : 0;
    if (SPOKEN.indexOf(language) >= 0 && weight > most) {
      best = language;
      most = weight;
    }
  });
  return best;
}
