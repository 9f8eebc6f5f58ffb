// Adds a button that copies to every block of text marked for it, in the words that the page gives.
for (const block of document.querySelectorAll("[data-copy]")) {
  const button = Object.assign(document.createElement("button"), {
    type: "button",
    className: "usa-button usa-button--outline copy",
    textContent: block.dataset.copy,
  });
  const status = Object.assign(document.createElement("span"), { className: "usa-sr-only" });
  status.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent);
    status.textContent = block.dataset.copied;
  });
  block.after(button, status);
}
