// Conveniences of a list; each has a way without JavaScript.
(() => {
  const isTyping = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);

  // `f` opens the filters and goes to the first.
  const filters = document.querySelector("[data-filters]");
  document.addEventListener("keydown", (event) => {
    if (!filters || event.key !== "f" || !isPlain(event)) return;
    event.preventDefault();
    filters.open = true;
    filters.querySelector("input:not([type=hidden]), select").focus();
  });
})();
