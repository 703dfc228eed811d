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

// Rows are ticked by click, by `x` in a row, and from the last one on with Shift; a bar says how many.
(() => {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const boxes = [...document.querySelectorAll('input[form="bulk"][name="row"]')];
  const page = document.querySelector("[data-bulk-page]");
  const all = bar.querySelector("[data-bulk-all]");
  const count = bar.querySelector("[data-bulk-count]");
  const clear = bar.querySelector("[data-bulk-clear]");
  let last = null;

  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr").classList.toggle("on", box.checked);
    page.checked = boxes.length > 0 && ticked === boxes.length;
    page.indeterminate = ticked > 0 && ticked < boxes.length;
    if (all && ticked < boxes.length) all.checked = false;
    bar.hidden = ticked === 0;
    count.textContent = all && all.checked ? "All selected" : `${ticked} selected`;
  };
  const tick = (box, event) => {
    if (event.shiftKey && last && last !== box) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((one, other) => one - other);
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    show();
  };
  const setAll = (checked) => { for (const box of boxes) box.checked = checked; show(); };

  for (const box of boxes) box.addEventListener("click", (event) => tick(box, event));
  page.addEventListener("change", () => setAll(page.checked));
  if (all) all.addEventListener("change", () => { const wanted = all.checked; setAll(true); all.checked = wanted; show(); });
  clear.hidden = false;
  clear.addEventListener("click", () => { setAll(false); page.focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
    const box = event.target.closest("tr")?.querySelector('input[name="row"]');
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    tick(box, event);
  });
  // A file leaves the page as it is, so the form may be sent again.
  bar.addEventListener("submit", (event) => {
    if (event.submitter?.value === "export") setTimeout(() => { delete bar.dataset.sent; }, 1000);
  });
  bar.dataset.ready = "";
  addEventListener("pageshow", show);
  show();
})();
