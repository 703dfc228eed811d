// The interview desk, keyboard first. Without this file every answer is saved by its button, and every key is a click.
(() => {
  const desk = () => document.querySelector("form[data-desk]");
  const isTyping = (element) => element.closest("textarea, select, input:not([type=radio], [type=checkbox])");
  const change = (input) => input.dispatchEvent(new Event("change", { bubbles: true }));

  // ---- A value and a nothing exclude each other: the newer one stays.
  const clearOthers = (input) => {
    const part = input.closest("[data-part]");
    if (!part) return;
    const isNothing = "nothing" in input.dataset;
    if (!isNothing && !input.value) return;
    for (const other of part.querySelectorAll("input")) {
      if (other === input || ("nothing" in other.dataset) === isNothing) continue;
      if (other.type === "radio") other.checked = false;
      else other.value = "";
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-desk] input")) clearOthers(event.target);
  }, true);
  document.addEventListener("input", (event) => {
    if (event.target.matches("form[data-desk] input:not([type=radio])")) clearOthers(event.target);
  });

  // ---- Keys: digits choose on the scale that has the focus, else on the first one without a choice.
  const isChosen = (scale) => scale.closest("[data-part]").querySelector("[data-nothing]:checked")
    || scale.querySelector("input:checked");
  const currentScale = () => document.activeElement?.closest?.("[data-scale]")
    ?? [...desk().querySelectorAll("[data-scale]")].find((scale) => !isChosen(scale));
  const currentPart = () => document.activeElement?.closest?.("[data-part]")
    ?? [...desk().querySelectorAll("[data-part]")].find((part) => !part.querySelector("input:checked"));
  const choose = (input) => {
    if (!input) return;
    input.checked = true;
    input.focus();
    change(input);
  };
  const onScale = (digit) => {
    const point = digit === "0" ? "10" : digit;
    choose(currentScale()?.querySelector(`input[value="${point}"]`));
  };
  const onPart = (value) => choose(currentPart()?.querySelector(`input[data-nothing][value="${value}"]`));

  document.addEventListener("keydown", (event) => {
    const words = document.getElementById("words-text");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === words) {
      event.preventDefault();
      words.form.requestSubmit();
      return;
    }
    if (!desk() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    const go = desk().querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (/^[0-9]$/.test(key)) onScale(key);
    else if (key === "k") onPart("does_not_know");
    else if (key === "a") onPart("not_applicable");
    else if (key === "v") words?.focus();
    else if (go) go.click();
    else return;
    event.preventDefault();
  });

  // ---- Selected words become the passage of the next coding.
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    const said = range.commonAncestorContainer.parentElement?.closest("[data-verbatim]");
    if (!said || range.startContainer !== range.endContainer) return;
    const form = document.querySelector(`form[data-code="${said.dataset.verbatim}"]`);
    if (!form) return;
    // The server counts characters, JavaScript counts UTF-16 units: a character outside the plane would shift the ends.
    const length = (text) => [...text].length;
    const text = range.startContainer.data;
    form.elements.start.value = length(text.slice(0, range.startOffset));
    form.elements.end.value = length(text.slice(0, range.endOffset));
    form.querySelector("[data-passage]").textContent = `“${text.slice(range.startOffset, range.endOffset).slice(0, 40)}”`;
  });
})();
