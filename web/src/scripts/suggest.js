// Suggests places while a name is being typed, with the browser's own list.
//
// The form works without it: it sends what was typed, and the page lists what was found.
const WAIT_MS = 120;

function attach(input) {
  const list = document.getElementById(input.dataset.suggestions);
  const slugs = new Map();
  let timer;
  let asked = 0;

  async function suggest() {
    const text = input.value.trim();
    const number = ++asked;
    if (text.length < 2) return;
    const answer = await fetch(`${input.dataset.base}suggest?${new URLSearchParams({ q: text })}`);
    if (!answer.ok || number !== asked) return;
    const { places } = await answer.json();
    list.replaceChildren(
      ...places.map(({ title, slug, note }) => {
        slugs.set(title, slug);
        return Object.assign(document.createElement("option"), { value: title, label: note });
      }),
    );
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    const slug = slugs.get(input.value);
    if (slug && "stay" in input.dataset) return;
    if (slug) location.assign(`${input.dataset.base}${slug}/`);
    else timer = setTimeout(suggest, WAIT_MS);
  });
}

for (const input of document.querySelectorAll("[data-suggestions]")) attach(input);
