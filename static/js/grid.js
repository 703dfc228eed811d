// The entry grid: Enter and arrows move, a block copied from a spreadsheet fills the cells from where it is pasted.
(() => {
  const grid = document.querySelector("[data-grid]");
  if (!grid) return;
  const cells = [...grid.querySelectorAll("tbody tr")].map((row) =>
    [...row.children].slice(1).map((place) => place.querySelector("input")),
  );
  const placeOf = (input) => {
    const row = cells.findIndex((each) => each.includes(input));
    return row < 0 ? null : [row, cells[row].indexOf(input)];
  };
  const mark = (input) => input.classList.toggle("is-changed", input.value !== input.defaultValue);

  const go = (row, column, step) => {
    for (let at = row + step; cells[at]; at += step) {
      const input = cells[at][column];
      if (input) {
        input.focus();
        input.select();
        return;
      }
    }
  };

  grid.addEventListener("keydown", (event) => {
    const place = placeOf(event.target);
    if (!place || event.isComposing) return;
    const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(place[0], place[1], step);
  });

  grid.addEventListener("input", (event) => placeOf(event.target) && mark(event.target));

  grid.addEventListener("paste", (event) => {
    const place = placeOf(event.target);
    const text = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "");
    if (!place || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    text.split(/\r?\n/).forEach((line, down) =>
      line.split("\t").forEach((value, across) => {
        const input = cells[place[0] + down] && cells[place[0] + down][place[1] + across];
        if (input && value.trim()) {
          input.value = value.trim();
          mark(input);
        }
      }),
    );
  });

  // What is typed and not saved is not lost by a slip.
  let saving = false;
  grid.addEventListener("submit", () => {
    saving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    const open = cells.flat().some((input) => input && input.value !== input.defaultValue);
    if (open && !saving) event.preventDefault();
  });
})();
